// The list of requests and answers. Secrets are masked.
import { $ } from "./forms.js";

const LIMIT = 100; // entries
const MASKED = new Set(["password", "oldPassword", "newPassword", "accessToken", "refreshToken", "token"]);
const entries = new WeakMap();

export function logExchange(exchange) {
  if (!entries.has(exchange)) entries.set(exchange, addEntry(exchange));
  if (exchange.status !== null) completeEntry(entries.get(exchange), exchange);
}

function addEntry({ method, path, body }) {
  const entry = $("log-entry").content.cloneNode(true).firstElementChild;
  Object.assign(entry.dataset, { method, path, status: "pending" });
  set(entry, "time", new Date().toLocaleTimeString());
  set(entry, "method", method);
  set(entry, "path", path);
  set(entry, "status", "…");
  set(entry, "request", body === undefined ? "no body" : body instanceof FormData ? "a form with a file" : pretty(body));
  $("log").prepend(entry);
  $("log-empty").hidden = true;
  while ($("log").children.length > LIMIT) $("log").lastElementChild.remove();
  return entry;
}

function completeEntry(entry, { status, ms, answer }) {
  entry.dataset.status = status;
  entry.dataset.kind = status >= 200 && status < 300 ? "good" : status === 401 ? "denied" : "bad";
  set(entry, "status", status || "no answer");
  set(entry, "ms", `${ms} ms`);
  set(entry, "code", answer?.code ?? "");
  set(entry, "answer", answer ? pretty(answer) : "no JSON");
}

function set(entry, part, text) {
  entry.querySelector(`.${part}`).textContent = text;
}

function pretty(value) {
  return JSON.stringify(value, (key, v) => (MASKED.has(key) && typeof v === "string" ? "••••••••" : v), 2);
}

$("log-clear").addEventListener("click", () => {
  $("log").replaceChildren();
  $("log-empty").hidden = false;
});
