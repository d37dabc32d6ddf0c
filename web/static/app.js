// The demo page: who is signed in, and the panels of an account. client.js handles
// the tokens.
import { activityPanel } from "./activity.js";
import { createClient } from "./client.js";
import { restartCountdowns, tick } from "./countdowns.js";
import { deletionPanel } from "./deletion.js";
import { emailPanel } from "./email.js";
import { $ } from "./forms.js";
import { logExchange } from "./journal.js";
import { picturesPanel } from "./pictures.js";
import { profilePanel } from "./profile.js";
import { signinPanels } from "./signin.js";

const CURRENT_USER = "/api/v1/users/current-user";
const POLL_EVERY = 3000; // milliseconds

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

const signin = signinPanels(api, showAccount);
const panels = [
  profilePanel(api, showAccount),
  emailPanel(api),
  picturesPanel(api, showAccount),
  activityPanel(api),
  deletionPanel(api, showSignedOut),
];

// ---- signed in or out

function showAccount(user, message) {
  const wasSignedOut = !signedIn;
  signedIn = true;
  $("account-name").textContent = user.fullName;
  $("account-initial").textContent = [...user.fullName][0]?.toUpperCase() ?? "";
  $("account-username").textContent = user.username;
  $("account-email").textContent = user.email;
  $("account-verified").textContent = user.emailVerified ? "yes" : "not yet";
  $("account-role").textContent = user.role;
  $("account-created").textContent = new Date(user.createdAt).toLocaleString();
  for (const panel of panels) panel.show(user);
  signin.clear();
  $("signed-out").hidden = true;
  $("account").hidden = false;
  if (wasSignedOut) $("account-name").focus();
  if (message) showStatus(message);
  tick(api.expiry());
}

function showSignedOut(message) {
  const wasSignedIn = signedIn;
  signedIn = false;
  setPolling(false);
  for (const panel of panels) panel.clear();
  $("account").hidden = true;
  $("signed-out").hidden = false;
  if (wasSignedIn) $("login-form").elements.identifier.focus();
  if (message) showStatus(message);
  tick(api.expiry());
}

async function loadAccount(options) {
  const { data } = await api.request("GET", CURRENT_USER, undefined, options);
  showAccount(data);
}

function expiryChanged({ elsewhere }) {
  restartCountdowns();
  tick(api.expiry());
  if (elsewhere && signedIn && !api.mayRefresh()) showSignedOut("Signed out in another tab.");
  if (elsewhere && !signedIn && api.mayRefresh()) loadAccount().catch(() => {}); // the log shows the error
}

// ---- account buttons

function onButton(id, act) {
  $(id).addEventListener("click", async () => {
    try {
      await act();
    } catch (error) {
      if (signedIn) showStatus(`${error.message} (${error.code})`);
    }
  });
}

onButton("load-account", async () => {
  const before = renewed;
  await loadAccount();
  if (renewed === before) showStatus("Your account was loaded.");
});
onButton("refresh", async () => {
  await api.refresh();
  showStatus("Both cookies were replaced. The old refresh token is no longer valid.");
});
onButton("logout", async () => {
  setPolling(false);
  await api.logout();
  showSignedOut("You are signed out. Both cookies are deleted and the session has ended.");
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

function showStatus(text) {
  $("status").textContent = text;
}

// ---- start

// A 401 means that the visitor is not signed in.
async function start() {
  setInterval(() => tick(api.expiry()), 1000);
  try {
    await loadAccount({ renew: api.mayRefresh() });
  } catch (error) {
    if (error.status === 401) showSignedOut();
    else showSignedOut(`${error.message} (${error.code})`);
  }
}

start();
