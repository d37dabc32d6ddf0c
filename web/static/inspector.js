// The inspector: the requests by what caused them, and one of them in detail.
import { asCurl, masked } from "./exchanges.js";
import { $, make } from "./forms.js";
import { Group, kindOf, nameOf, statusOf } from "./groups.js";
import { cookiesSet } from "./cookies.js";
import { tabs } from "./tabs.js";

const LIMIT = 60; // groups
const groups = []; // {group, item}, the latest first
let shown = null; // the exchange in detail
let chosen = false; // by the person: a later request does not replace it

/** Shows an exchange that is new, or has been answered. */
export function inspect(exchange) {
  let entry = groups.find(({ group }) => group.exchanges.includes(exchange)) ?? groups.find(({ group }) => group.take(exchange));
  if (!entry) {
    entry = { group: new Group(exchange), item: make("li") };
    groups.unshift(entry);
    $("log").prepend(entry.item);
    groups.splice(LIMIT).forEach(({ item }) => item.remove());
  }
  $("log-empty").hidden = true;
  const before = shown;
  if (!chosen && exchange.status === null) shown = exchange;
  for (const other of groups) if (other === entry || other.group.exchanges.includes(before)) draw(other);
  if (shown === exchange) detail();
  $("script-sees").textContent = JSON.stringify(document.cookie);
  $("sees").textContent = document.cookie ? "something" : "nothing";
}

function draw({ group, item }) {
  const first = group.exchanges[0];
  const outcome = group.outcome();
  const line = make("p", { className: "cause" }, make("span", { className: "title", textContent: group.title() }));
  if (outcome) line.append(" ", make("span", { className: "outcome", textContent: outcome }));
  const when = make("p", { className: "when" }, first.at.toLocaleTimeString(), first.device === "browser" ? "" : ` · ${first.device}`);
  const focused = [...item.querySelectorAll("button")].indexOf(document.activeElement);
  item.dataset.outcome = outcome;
  item.replaceChildren(line, when, make("p", { className: "chips" }, ...group.exchanges.map((e) => chip(e))));
  item.querySelectorAll("button")[focused]?.focus();
}

function chip(exchange) {
  const button = make("button", { type: "button", className: "chip", textContent: statusOf(exchange) });
  button.dataset.kind = kindOf(exchange);
  button.ariaLabel = `${statusOf(exchange)}, ${exchange.method} ${nameOf(exchange)}, details`;
  button.ariaPressed = String(exchange === shown);
  button.addEventListener("click", () => choose(exchange));
  return button;
}

function choose(exchange) {
  shown = exchange;
  chosen = true;
  for (const entry of groups) draw(entry);
  detail();
}

function detail() {
  const { method, path, headers, body, status, ms, answer } = shown;
  $("inspect").hidden = false;
  $("inspect-title").textContent = `${method} ${path}`;
  const lines = headers.map(([name, value]) => `${name}: ${name === "authorization" ? "Bearer ••••" : value}`);
  $("inspect-sent").textContent = [`${method} ${path}`, ...lines, "", body === null ? "no body" : typeof body === "string" ? body : masked(body, 2)].join("\n");
  $("inspect-curl").textContent = asCurl(shown);
  $("curl-note").textContent = "";
  $("inspect-got").textContent = status === null ? "…" : `${statusOf(shown)} after ${ms} ms\n\n${answer ? masked(answer, 2) : "no JSON"}`;
  showCookies();
}

function showCookies() {
  const set = cookiesSet(shown);
  $("cookies-carried").textContent = `The request carried: ${shown.carried.join(" and ") || "no cookie"}${shown.withheld ? " (this page left them out)" : ""}.`;
  $("cookies-set").textContent = set.length ? "The answer set:" : "The answer set none.";
  $("cookie-list").replaceChildren(...set.map((text) => make("li", {}, make("code", { textContent: text }))));
}

async function copyCurl() {
  try {
    await navigator.clipboard.writeText($("inspect-curl").textContent);
    $("curl-note").textContent = "Copied. Put the secrets in where the dots are.";
  } catch {
    getSelection().selectAllChildren($("inspect-curl")); // the browser does not let the page copy
    $("curl-note").textContent = "Selected: copy it with the keyboard.";
  }
}

export function clearInspector() {
  groups.length = 0;
  shown = null;
  chosen = false;
  $("log").replaceChildren();
  $("log-empty").hidden = false;
  $("inspect").hidden = true;
}

export function startInspector() {
  tabs($("inspect-tabs"));
  $("log-clear").addEventListener("click", clearInspector);
  $("curl-copy").addEventListener("click", copyCurl);
}
