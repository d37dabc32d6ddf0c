// Where a user is signed in.
import { when } from "./duration.js";
import { $, clearForm, make, onSubmit, run } from "./forms.js";

/** changed(user) loads the user again. */
export function sessionsForm(api, changed) {
  const form = $("sessions-form");
  let user = null;

  async function end(act) {
    const target = user;
    const { message } = await act(target);
    await changed(target);
    $("sessions-title").focus(); // the button may be gone
    return message;
  }

  function row(session) {
    const about = make("div", { className: "about" },
      make("p", {}, make("strong", { textContent: session.device })),
      make("p", { className: "quiet", textContent: `${session.ip} · signed in ${when(session.signedInAt)} · last used ${when(session.lastUsedAt)}` }),
      make("p", { className: "quiet", textContent: session.userAgent }));
    if (session.current) about.firstElementChild.append(" ", make("span", { className: "badge", textContent: "you, here" }));
    const button = make("button", { type: "button", className: "small", textContent: "End", ariaLabel: `End ${session.device}, signed in ${when(session.signedInAt)}` });
    button.addEventListener("click", () => run(form, () => end(({ id }) => api.endSession(id, session.id))));
    return make("li", {}, about, button);
  }

  onSubmit(form, () => end(({ id }) => api.endSessions(id)));

  return {
    show(shown, sessions) {
      user = shown;
      $("session-list").replaceChildren(...sessions.map(row));
      $("sessions-empty").hidden = sessions.length > 0;
      $("sessions-end").hidden = sessions.length === 0;
    },
    clear() {
      user = null;
      $("session-list").replaceChildren();
      clearForm(form);
    },
  };
}
