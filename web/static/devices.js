// Where this account is signed in.
import { when } from "./duration.js";
import { $, clearForm, make, onClick, run } from "./forms.js";
import { signInSecond } from "./second.js";

export function devicesPanel(client, exchanges) {
  const form = $("devices-form");
  const fetch = exchanges.fetchOf("second device");
  let user = null;
  let known = []; // the sessions shown last

  async function load() {
    const { data } = await client.api.listSessions();
    const gone = known.filter((old) => !old.current && !data.some(({ id }) => id === old.id));
    known = data;
    $("device-list").replaceChildren(...data.map(row), ...gone.map(endedRow));
  }

  function row(session) {
    const about = make("div", { className: "about" }, make("p", {}, make("strong", { textContent: session.device })), facts(session));
    if (session.current) {
      about.firstElementChild.append(" ", make("span", { className: "badge", textContent: "this one" }));
      return make("li", {}, about);
    }
    const button = make("button", { type: "button", className: "small", textContent: "End", ariaLabel: `End ${session.device}, signed in ${when(session.signedInAt)}` });
    button.addEventListener("click", () => run(form, () => end(session.id)));
    return make("li", {}, about, button);
  }

  function endedRow(session) {
    const about = make("div", { className: "about" }, make("p", {}, make("s", { textContent: session.device })), facts(session));
    return make("li", { className: "gone" }, about, make("span", { className: "badge", textContent: "ended" }));
  }

  async function end(id) {
    const { message } = await client.api.endSession({ id });
    await load();
    $("devices-load").focus(); // its own button is gone
    return message;
  }

  onClick($("devices-end"), async () => {
    const { data, message } = await client.api.endSessions({ all: false });
    await load();
    return `${message}: ${data.ended}`;
  });
  onClick($("devices-add"), async () => {
    if (!(await signInSecond(fetch, user.email))) return undefined;
    await load();
    return "A second device has signed in.";
  });
  onClick($("devices-load"), load);

  return {
    load: () => run(form, load),
    show(shown) {
      if (user?.id !== shown.id) {
        known = [];
        run(form, load);
      }
      user = shown;
    },
    clear() {
      user = null;
      known = [];
      $("device-list").replaceChildren();
      clearForm(form);
    },
  };
}

function facts({ ip, signedInAt, lastUsedAt }) {
  return make("p", { className: "quiet", textContent: `${ip} · signed in ${when(signedInAt)} · last used ${when(lastUsedAt)}` });
}
