// The page of administrators at "/admin": what the address asks for, or why it is not
// shown. /client.js handles the tokens.
import { createClient } from "/client.js";
import { adminApi } from "./adminapi.js";
import { closeQuestion } from "./adminconfirm.js";
import { eventsView } from "./adminevents.js";
import { routeOf } from "./adminroute.js";
import { userView } from "./adminuser.js";
import { usersView } from "./adminusers.js";
import { $, wordsFor } from "./forms.js";
import { clearStatusOnAction, say } from "./status.js";

const STATES = ["loading", "signed-out", "forbidden", "missing", "failed", "users", "user", "events"];

const client = createClient();
const api = adminApi(client, () => showForbidden());
const views = { users: usersView(api), user: userView(api), events: eventsView(api) };

let me = null; // the administrator
let state = "loading";
let opened = ""; // the address that is shown
let opening = new AbortController();

function show(next, title = "") {
  const moved = next !== state;
  state = next;
  for (const name of STATES) $(name).hidden = name !== next;
  document.title = `${title && `${title} · `}Administration · Sallyport`;
  if (moved) $(`${next}-title`)?.focus(); // a screen reader goes on there
}

async function open() {
  opening.abort();
  const { signal } = (opening = new AbortController());
  closeQuestion();
  const route = routeOf(location.hash);
  const view = views[route.view];
  const sameList = state === route.view && !route.id;
  if (!sameList) show("loading");
  markCurrent(route.view);
  try {
    await view.load(route, signal);
    if (signal.aborted) return;
    if (route.view === "users") $("user-back").href = location.hash || "#/users"; // with its filters
    show(route.view, view.title());
  } catch (error) {
    if (!signal.aborted) showFailure(error);
  }
}

function markCurrent(view) {
  $("nav-users").ariaCurrent = view === "events" ? null : "page";
  $("nav-events").ariaCurrent = view === "events" ? "page" : null;
}

function showFailure(error) {
  if (error.code === "forbidden") return undefined; // shown already
  if (error.status === 401) return showSignedOut();
  if (error.status === 404) {
    $("missing-events").href = `#/events?user=${routeOf(location.hash).id}`;
    return show("missing");
  }
  $("failed-text").textContent = wordsFor(error);
  $("failed-request").textContent = error.requestId ? `For those who read the log: ${error.code}, request ${error.requestId}` : "";
  return show("failed");
}

/** Removes all that this page knows of users. */
function forget() {
  opening.abort();
  closeQuestion();
  say("");
  for (const view of Object.values(views)) view.clear();
}

function showSignedOut() {
  me = null;
  forget();
  show("signed-out");
}

function showForbidden() {
  forget();
  $("forbidden-name").textContent = me?.username ?? "NAME";
  show("forbidden");
}

function showSignedIn(user) {
  const isShown = state in views && me?.id === user.id;
  me = user;
  if (user.role !== "admin") showForbidden();
  else if (!isShown) open();
}

client.session.subscribe(({ status, data, error, isPending }) => {
  if (error) return showFailure(error);
  if (status === "signedIn") return showSignedIn(data);
  return isPending ? undefined : showSignedOut();
});

clearStatusOnAction();
addEventListener("hashchange", () => me?.role === "admin" && open());
$("failed-again").addEventListener("click", () => (me ? open() : client.session.refetch()));
$("forbidden-again").addEventListener("click", client.session.refetch);
$("skip").addEventListener("click", (event) => {
  event.preventDefault(); // what is behind the # names a view
  $("main").focus();
});

// A page that the browser keeps for the button Back shows nothing until it is known
// who is signed in.
addEventListener("pagehide", () => {
  forget();
  show("loading");
});
addEventListener("pageshow", ({ persisted }) => persisted && client.session.refetch());
