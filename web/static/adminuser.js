// One user: who it is, and what can be done.
import { actionForms } from "./adminactions.js";
import { historyList } from "./adminevents.js";
import { hrefOfList } from "./adminroute.js";
import { sessionsForm } from "./adminsessions.js";
import { badges } from "./adminusers.js";
import { when } from "./duration.js";
import { $, make } from "./forms.js";
import { languageName } from "./language.js";

export function userView(api) {
  const history = historyList(api);
  let shown = null; // the user

  async function load(id, signal) {
    const { data } = await api.user(id, signal); // first: of an id that is none the API refuses the events otherwise
    signal.throwIfAborted();
    await history.show({ user: id }, signal);
    show(data);
  }

  /** Loads the user again after something was done, unless another one is open by now. */
  async function reload({ id }) {
    if (shown?.id !== id) return;
    const { data } = await api.user(id);
    if (shown?.id !== id) return;
    show(data);
    await history.show({ user: id });
  }

  const parts = [actionForms(api, reload), sessionsForm(api, reload)];

  function show({ user, sessions }) {
    if (shown?.id !== user.id) for (const part of parts) part.clear();
    shown = user;
    $("user-title").textContent = user.fullName;
    $("user-badges").replaceChildren(...badges(user));
    $("user-facts").replaceChildren(...facts(user));
    for (const part of parts) part.show(user, sessions);
  }

  return {
    title: () => shown?.username ?? "User",
    load: ({ id }, signal) => load(id, signal),
    clear() {
      shown = null;
      for (const part of parts) part.clear();
      history.clear();
      for (const name of ["title", "badges", "facts"]) $(`user-${name}`).replaceChildren();
    },
  };
}

function facts(user) {
  const named = {
    Username: user.username,
    Email: user.email,
    Created: when(user.createdAt),
    "Last changed": when(user.updatedAt),
    "Language of mail": languageName(user.locale),
    Id: make("code", { textContent: user.id }),
  };
  if (user.role === "admin") named["As administrator"] = make("a", { href: hrefOfList("events", { actor: user.id }), textContent: "what they did to others" });
  return Object.entries(named).map(([name, value]) => make("div", {}, make("dt", { textContent: name }), make("dd", {}, value)));
}
