// The app at "/": a visitor's card, or an account with its panels. /client.js handles
// the tokens.
import { createClient } from "/client.js";
import { activityPanel } from "./activity.js";
import { confirmed } from "./chain.js";
import { deletionPanel } from "./deletion.js";
import { devicesPanel } from "./devices.js";
import { emailPanel } from "./email.js";
import { entryPanel } from "./entry.js";
import { Exchanges } from "./exchanges.js";
import { $, offerToShowPasswords } from "./forms.js";
import { inspect, startInspector } from "./inspector.js";
import { lostPanel } from "./lost.js";
import { passwordPanel } from "./password.js";
import { forgetPerson } from "./person.js";
import { picturesPanel } from "./pictures.js";
import { profilePanel } from "./profile.js";
import { clearStatusOnAction, complain, say } from "./status.js";
import { theftPanel } from "./theft.js";
import { timelinePanel } from "./timeline.js";

const REASONS = {
  signed_out: "You are signed out. Both cookies are deleted, and the session has ended.",
  session_ended: "This session was ended from another device. Please sign in again.",
  token_reused: "An old refresh token of this session came back. The session was ended. Please sign in again.",
  token_expired: "You were away for long. Please sign in again.",
  cookies_blocked: "This browser keeps no cookies of this page. Allow them and sign in again.",
};

let signedIn = false;
let known = false; // whether this visitor was signed in here

const exchanges = new Exchanges((exchange) => {
  if (exchange.carried.includes("accessToken") && exchange.status && exchange.status !== 401) confirmed();
  inspect(exchange);
});
const client = createClient({ fetch: exchanges.fetchOf("browser") });
exchanges.watch(client);
known = client.mayBeSignedIn();

offerToShowPasswords();
startInspector();
const entry = entryPanel(client);
const devices = devicesPanel(client, exchanges);
const panels = [
  timelinePanel(client, exchanges),
  lostPanel(exchanges),
  theftPanel(exchanges, devices.load),
  devices,
  passwordPanel(client, devices.load),
  profilePanel(client),
  picturesPanel(client),
  emailPanel(client),
  activityPanel(client),
  deletionPanel(client),
];

function showAccount(user) {
  const before = signedIn;
  signedIn = known = true;
  $("account-name").textContent = user.fullName;
  $("account-initial").textContent = [...user.fullName][0]?.toUpperCase() ?? "";
  $("account-username").textContent = user.username;
  $("account-email").textContent = user.email;
  $("account-verified").textContent = user.emailVerified ? "email confirmed" : "email not confirmed yet";
  for (const panel of panels) panel.show(user);
  $("admin-link").hidden = user.role !== "admin";
  $("signed-out").hidden = true;
  $("account").hidden = false;
  if (!before) {
    entry.clear();
    $("account-name").focus();
  }
}

function showSignedOut() {
  const before = signedIn;
  signedIn = false;
  if (before) {
    for (const panel of panels) panel.clear();
    for (const name of ["name", "initial", "username", "email", "verified", "role", "created"]) $(`account-${name}`).textContent = "";
    forgetPerson();
  }
  $("account").hidden = $("admin-link").hidden = true;
  if ($("signed-out").hidden) entry.open(known);
  $("signed-out").hidden = false;
  if (before) $("start-title").focus();
}

client.on("signedOut", ({ reason, elsewhere }) => {
  say(elsewhere && reason === "signed_out" ? "You signed out in another tab." : (REASONS[reason] ?? "Your session has ended. Please sign in again."));
});

clearStatusOnAction();
$("logout").addEventListener("click", () => client.api.logout().catch(complain));

client.session.subscribe(({ status, data, error, isPending }) => {
  if (status === "signedIn") showAccount(data);
  else if (!isPending) showSignedOut();
  if (error) complain(error);
});

// A page that the browser keeps for the button Back shows no account until it is known
// to be signed in still.
addEventListener("pagehide", () => ($("account").hidden = true));
addEventListener("pageshow", ({ persisted }) => persisted && client.session.refetch());
