// The page of a link in a mail. It takes the token out of the address bar at once
// and sends it when a person presses the button: programs that look into mail open
// links too.
import { createClient } from "/client.js";
import { $, offerToShowPasswords, onSubmit, showErrors } from "./forms.js";

// By path. call and again are operations of the API.
const PAGES = {
  "/verify-email": {
    call: "verifyEmail",
    title: "Confirm your email",
    text: "Press the button to confirm that you read the mail of this address.",
    button: "Confirm",
    done: "You can close this page.",
    again: "resendVerification",
    dead: "You can have a new one. To change to another email, sign in and ask for the change again.",
  },
  "/reset-password": {
    call: "resetPassword",
    title: "Set a new password",
    text: "It ends all sessions of your account, on every device.",
    button: "Set the password",
    password: true,
    done: "All devices are signed out.",
    again: "forgotPassword",
    dead: "You can have a new one. It is valid for 30 minutes.",
  },
  "/undo-email-change": {
    call: "undoEmailChange",
    title: "Take the change back",
    text: "Your account gets its old email again. All devices are signed out, and the old password opens nothing: set a new one with the link in the mail that you get then.",
    button: "Take the change back",
    done: "All devices are signed out.",
    dead: "Ask those who run this site for help if it was not you who changed the email.",
  },
};
const DEAD = new Set(["link_invalid", "link_expired"]);

const page = PAGES[location.pathname];
const { api } = createClient();
let token = null;

function write() {
  document.title = `${page.title} · Sallyport`;
  $("spend-title").textContent = page.title;
  $("spend-text").textContent = page.text;
  $("spend-button").textContent = page.button;
  $("spend-password").hidden = !page.password;
  $("spend-newPassword").disabled = !page.password; // then it is not sent
  $("done-text").textContent = page.done;
  $("dead-text").textContent = page.dead;
  $("again").hidden = !page.again;
}

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
    const { message, data } = await api[page.call]({ token, ...fields });
    token = null;
    $("done-title").textContent = message;
    $("done-email").textContent = data?.email ?? "";
    form.reset();
    show("done");
    $("home").hidden = !(await fetch("/", { method: "HEAD" })).ok; // without the app a frontend may be there, or nothing
  } catch (error) {
    if (!DEAD.has(error.code)) return showErrors(form, error);
    token = null;
    showDead(error.message);
  }
});
onSubmit($("again"), async (_, fields) => (await api[page.again](fields)).message);

window.addEventListener("hashchange", takeToken); // another link, opened in this tab
offerToShowPasswords();
write();
takeToken();
