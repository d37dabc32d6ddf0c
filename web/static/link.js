// The page of a link in a mail. It takes the token out of the address bar at once
// and sends it when a person presses the button: programs that look into mail open
// links too.
import { createClient } from "./client.js";
import { $, onSubmit, showErrors } from "./forms.js";

const api = createClient();
const DEAD = new Set(["link_invalid", "link_expired"]);

let token = null;

function show(name) {
  for (const part of ["spend", "done", "dead"]) $(part).hidden = part !== name;
  $(`${name}-title`).focus(); // a screen reader goes on there
}

function takeToken() {
  const found = new URLSearchParams(location.hash.slice(1)).get("token");
  if (location.hash) history.replaceState(null, "", location.pathname);
  if (found) {
    token = found;
    show("spend");
  } else if (!token) {
    showDead("The token is missing. Open the link in the mail again, the whole of it.");
  }
}

function showDead(reason) {
  $("dead-reason").textContent = reason;
  show("dead");
}

onSubmit($("spend"), async (form, fields) => {
  try {
    const { message, data } = await api.request("POST", form.dataset.path, { token, ...fields });
    token = null;
    $("done-title").textContent = message;
    $("done-email").textContent = data?.email ?? "";
    form.reset();
    show("done");
    $("home").hidden = !(await fetch("/", { method: "HEAD" })).ok; // without the demo page a frontend may be there, or nothing
  } catch (error) {
    if (!DEAD.has(error.code)) return showErrors(form, error);
    token = null;
    showDead(error.message);
  }
});

if ($("again")) {
  onSubmit($("again"), async (form, fields) => {
    const { message } = await api.request("POST", form.dataset.path, fields);
    return message;
  });
}

window.addEventListener("hashchange", takeToken); // another link, opened in this tab
takeToken();
