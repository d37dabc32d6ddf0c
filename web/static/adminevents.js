// Security events: of everybody, or of one user.
import { growingList, showFiltered } from "./adminlist.js";
import { go, hrefOfList, hrefOfUser } from "./adminroute.js";
import { when } from "./duration.js";
import { $, make, onClick, onSubmit } from "./forms.js";

const PAGE = 50; // events
const FILTERS = ["event", "user", "actor", "ip", "from", "to"];
const TIMES = ["from", "to"];

const loader = (api, limit) => async (filters, signal) => {
  const { data } = await api.listEvents({ limit, ...filters }, signal);
  return { items: data.events, next: data.next };
};

export function eventsView(api) {
  const form = $("events-form");
  const list = growingList("events", loader(api, PAGE), (event) => row(event, whoOf(event)));
  let shown = {}; // the filters

  onSubmit(form, (_, fields) => {
    for (const name of FILTERS) fields[name] = fields[name].trim();
    for (const name of TIMES) fields[name] &&= new Date(fields[name]).toISOString();
    go(hrefOfList("events", fields));
  });

  onClick($("events-csv"), async () => {
    const url = URL.createObjectURL(await api.exportEvents(shown));
    make("a", { href: url, download: "events.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000); // some browsers read it late
  });

  return {
    title: () => "Events",
    async load({ filters }, signal) {
      shown = Object.fromEntries(FILTERS.map((name) => [name, filters[name] ?? ""]));
      for (const name of FILTERS) form.elements[name].value = TIMES.includes(name) ? local(shown[name]) : shown[name];
      await showFiltered(list, form, shown, signal);
    },
    clear() {
      form.reset();
      list.clear();
    },
  };
}

/** The events of one user, below their account. */
export const historyList = (api) => growingList("history", loader(api, 10), (event) => row(event));

/** A time as a field of a form shows it; "" for what is none. */
function local(text) {
  const time = new Date(text);
  if (isNaN(time)) return "";
  return new Date(time - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const whoOf = ({ userId, username }) => link(hrefOfUser(userId), username || "deleted user");

function row({ event, at, by, actorId, actorUsername, device, ip }, ...who) {
  const what = make("p", {}, link(hrefOfList("events", { event }), event.replaceAll("_", " "), "strong"));
  const facts = [when(at), ...who];
  if (by === "admin") facts.push(make("span", {}, "by ", link(hrefOfUser(actorId), actorUsername || "deleted administrator")));
  if (by === "command") facts.push("by a command");
  if (device) facts.push(device);
  if (ip) facts.push(link(hrefOfList("events", { ip }), ip));
  const line = make("p", { className: "quiet" });
  facts.forEach((fact, i) => line.append(i ? " · " : "", fact));
  return make("li", {}, make("div", { className: "about" }, what, line));
}

function link(href, text, className = "") {
  return make("a", { href, textContent: text, className });
}
