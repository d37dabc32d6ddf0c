// The demo page: forms, account, countdowns and log. client.js handles the tokens.
import { createClient } from "./client.js";

const CURRENT_USER = "/api/v1/users/current-user";
const POLL_EVERY = 3000; // milliseconds
const LOG_LIMIT = 100; // entries

const $ = (id) => document.getElementById(id);
const registerForm = $("register-form");
const loginForm = $("login-form");

let signedIn = false;
let renewed = 0;

const api = createClient({
  onExchange: logExchange,
  onExpiry: expiryChanged,
  onRenewed() {
    renewed++;
    $("renewed").textContent = renewed;
    showStatus("The access token had expired. It was renewed, and the request was repeated.");
  },
  onSignedOut: (error) => showSignedOut(`Your session has ended (${error.code}). Please sign in again.`),
});

// ---- signed in or out

function showAccount(user) {
  const wasSignedOut = !signedIn;
  signedIn = true;
  $("account-name").textContent = user.fullName;
  $("account-initial").textContent = [...user.fullName][0]?.toUpperCase() ?? "";
  $("account-username").textContent = user.username;
  $("account-email").textContent = user.email;
  $("account-verified").textContent = user.emailVerified ? "yes" : "not yet";
  $("account-role").textContent = user.role;
  $("account-created").textContent = new Date(user.createdAt).toLocaleString();
  $("signed-out").hidden = true;
  $("account").hidden = false;
  if (wasSignedOut) $("account-name").focus();
  tick();
}

function showSignedOut(message) {
  const wasSignedIn = signedIn;
  signedIn = false;
  setPolling(false);
  $("account").hidden = true;
  $("signed-out").hidden = false;
  if (wasSignedIn) loginForm.elements.identifier.focus();
  if (message) showStatus(message);
  tick();
}

async function loadAccount(options) {
  const { data } = await api.request("GET", CURRENT_USER, undefined, options);
  showAccount(data);
}

function expiryChanged({ elsewhere }) {
  countdowns.access.restart();
  countdowns.refresh.restart();
  tick();
  if (elsewhere && signedIn && !api.mayRefresh()) showSignedOut("Signed out in another tab.");
  if (elsewhere && !signedIn && api.mayRefresh()) loadAccount().catch(() => {}); // the log shows the error
}

// ---- forms

function onSubmit(form, act) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    clearErrors(form);
    try {
      await act(Object.fromEntries(new FormData(form)));
      form.reset();
    } catch (error) {
      showErrors(form, error);
    } finally {
      form.ariaBusy = "false";
    }
  });
}

onSubmit(registerForm, async (fields) => {
  const { data } = await api.register(fields);
  showAccount(data.user);
  showStatus(`Welcome, ${data.user.fullName}. You are signed in.`);
});

onSubmit(loginForm, async ({ identifier, password }) => {
  const name = identifier.includes("@") ? "email" : "username"; // a username is never an email address
  const { data } = await api.login({ [name]: identifier, password });
  showAccount(data.user);
  showStatus(`Welcome back, ${data.user.fullName}.`);
});

function clearErrors(form) {
  for (const note of form.querySelectorAll(".error")) note.textContent = "";
  for (const input of form.querySelectorAll("input")) input.removeAttribute("aria-invalid");
}

function showErrors(form, error) {
  const general = [];
  for (const { field, message } of error.errors ?? []) {
    const input = form.elements[field] ?? (form === loginForm ? form.elements.identifier : null);
    if (!input) {
      general.push(`${field}: ${message}`);
      continue;
    }
    input.setAttribute("aria-invalid", "true");
    $(input.getAttribute("aria-describedby")).textContent = message;
  }
  if (!error.errors?.length) general.push(error.message);
  form.querySelector(".form-error").textContent = general.join(" ");
  (form.querySelector("[aria-invalid]") ?? form.querySelector("input[type=password]")).focus();
}

// ---- account buttons

function onClick(id, act) {
  $(id).addEventListener("click", async () => {
    try {
      await act();
    } catch (error) {
      if (signedIn) showStatus(`${error.message} (${error.code})`);
    }
  });
}

onClick("load-account", async () => {
  const before = renewed;
  await loadAccount();
  if (renewed === before) showStatus("Your account was loaded.");
});
onClick("refresh", async () => {
  await api.refresh();
  showStatus("Both cookies were replaced. The old refresh token is no longer valid.");
});
onClick("logout", async () => {
  setPolling(false);
  await api.logout();
  showSignedOut("You are signed out. Both cookies are deleted and the session has ended.");
});
$("log-clear").addEventListener("click", () => {
  $("log").replaceChildren();
  $("log-empty").hidden = false;
});

let polling = null;

function setPolling(on) {
  $("poll").checked = on;
  clearInterval(polling);
  polling = on ? setInterval(poll, POLL_EVERY) : null;
  if (on) poll();
}

let pollRunning = false;

async function poll() {
  if (pollRunning) return;
  pollRunning = true;
  try {
    await loadAccount();
  } catch (error) {
    if (signedIn) showStatus(`${error.message} (${error.code})`);
  } finally {
    pollRunning = false;
  }
}

$("poll").addEventListener("change", (event) => setPolling(event.target.checked));

// ---- countdowns

const countdowns = {
  access: countdown("access", "expired: the next request renews it"),
  refresh: countdown("refresh", "expired: sign in again"),
};

function countdown(name, over) {
  const text = $(`${name}-left`);
  const bar = $(`${name}-bar`);
  let whole = 0; // milliseconds: the longest life seen since the cookie was set
  return {
    restart() {
      whole = 0;
    },
    show(end) {
      const left = end === null ? null : Math.max(0, end - Date.now());
      whole = Math.max(whole, left ?? 0);
      bar.max = whole || 1;
      bar.value = left ?? 0;
      text.textContent = left === null ? "known after the next refresh" : left === 0 ? over : duration(left);
    },
  };
}

function tick() {
  const { access, refresh } = api.expiry();
  countdowns.access.show(access);
  countdowns.refresh.show(refresh);
  $("script-sees").textContent = JSON.stringify(document.cookie);
}

function duration(ms) {
  const s = Math.ceil(ms / 1000);
  const two = (n) => String(n).padStart(2, "0");
  const clock = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  const hours = Math.floor(s / 3600);
  if (hours === 0) return clock;
  const days = Math.floor(hours / 24);
  return `${days ? `${days} d ` : ""}${two(hours % 24)}:${clock}`;
}

// ---- log

const MASKED = new Set(["password", "oldPassword", "newPassword", "accessToken", "refreshToken"]);
const entries = new WeakMap();

function logExchange(exchange) {
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
  set(entry, "request", body === undefined ? "no body" : pretty(body));
  $("log").prepend(entry);
  $("log-empty").hidden = true;
  while ($("log").children.length > LOG_LIMIT) $("log").lastElementChild.remove();
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

function showStatus(text) {
  $("status").textContent = text;
}

// ---- start

// A 401 means that the visitor is not signed in.
async function start() {
  setInterval(tick, 1000);
  try {
    await loadAccount({ renew: api.mayRefresh() });
  } catch (error) {
    if (error.status === 401) showSignedOut();
    else showSignedOut(`${error.message} (${error.code})`);
  }
}

start();
