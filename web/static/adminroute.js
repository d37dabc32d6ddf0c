// What the part of the address behind the # asks for: "#/users?role=admin",
// "#/users/ID", "#/events?ip=192.0.2.1".

/** Returns {view, id, filters}. What it does not know is the list of users. */
export function routeOf(hash) {
  const [path, query] = hash.replace(/^#\/?/, "").split("?");
  const [first, id] = path.split("/");
  const filters = Object.fromEntries(new URLSearchParams(query));
  if (first === "events") return { view: "events", id: "", filters };
  return first === "users" && id ? { view: "user", id, filters: {} } : { view: "users", id: "", filters };
}

export const hrefOfUser = (id) => `#/users/${id}`;

/** The address of a list, with the filters that are set. */
export function hrefOfList(view, filters) {
  const set = new URLSearchParams(Object.entries(filters).filter(([, value]) => value)).toString();
  return `#/${view}${set && `?${set}`}`;
}

/** Opens an address, again if it is open already. */
export function go(href) {
  if (location.hash === href) dispatchEvent(new HashChangeEvent("hashchange"));
  else location.hash = href;
}
