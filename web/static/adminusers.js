// The list of users.
import { growingList, showFiltered } from "./adminlist.js";
import { go, hrefOfList, hrefOfUser } from "./adminroute.js";
import { when } from "./duration.js";
import { $, make, onSubmit } from "./forms.js";

const PAGE = 50; // users

export function usersView(api) {
  const form = $("users-form");
  const list = growingList("users", async (filters, signal) => {
    const { data } = await api.listUsers({ limit: PAGE, ...filters }, signal);
    return { items: data.users, next: data.next };
  }, row);

  onSubmit(form, (_, fields) => go(hrefOfList("users", { ...fields, search: fields.search.trim() })));
  for (const select of form.querySelectorAll("select")) select.addEventListener("change", () => form.requestSubmit());

  return {
    title: () => "Users",
    async load({ filters: { search = "", role = "", status = "" } }, signal) {
      Object.entries({ search, role, status }).forEach(([name, value]) => (form.elements[name].value = value));
      await showFiltered(list, form, { search, role, status }, signal);
    },
    clear() {
      form.reset();
      list.clear();
    },
  };
}

function row(user) {
  const names = make("span", { className: "quiet", textContent: `${user.username} · ${user.email}` });
  const who = make("a", { href: hrefOfUser(user.id) }, make("strong", { textContent: user.fullName }), " ", names);
  const created = make("td", { className: "roomy quiet", textContent: when(user.createdAt) });
  return make("tr", {}, make("th", { scope: "row" }, who), make("td", {}, make("div", { className: "badges" }, ...badges(user))), created);
}

/** What is unusual about a user, each as a word in a frame. */
export function badges(user) {
  const words = { administrator: user.role === "admin", disabled: user.disabled, locked: user.locked, "email not confirmed": !user.emailVerified };
  return Object.keys(words).filter((word) => words[word]).map((word) => make("span", { className: "badge", textContent: word }));
}
