// The card of a visitor: sign-up, sign-in, a forgotten password, a mail that was not
// opened yet.
import { $, clearForm, make, onSubmit, resetForm } from "./forms.js";
import { fillInDemoPerson, signedUp } from "./person.js";
import { tabs } from "./tabs.js";

const LONG = 16; // characters: a full bar

export function entryPanel(client) {
  const register = $("register-form");
  const login = $("login-form");
  const select = tabs($("entry-tabs"));

  onSubmit(register, async (form, fields) => {
    try {
      const { data } = await client.api.register(fields);
      signedUp(fields);
      form.reset();
      if (!client.mayBeSignedIn()) askToVerify(data.user.email, "Open the link in the mail that was sent to you. Then sign in.");
    } catch (error) {
      judge(error.errors?.find(({ field }) => field === "password")?.message);
      throw error;
    }
  });

  onSubmit(login, async (form, { identifier, password }) => {
    const name = identifier.includes("@") ? "email" : "username"; // a username is never an email address
    try {
      await client.api.login({ [name]: identifier, password });
      form.reset();
    } catch (error) {
      if (error.code !== "email_not_verified") throw error;
      askToVerify(name === "email" ? identifier : "", "Your email is not confirmed yet. Open the link in the mail that was sent to it.");
    }
  });

  onSubmit($("unverified-form"), async (_, fields) => (await client.api.resendVerification(fields)).message);
  onSubmit($("forgot-form"), async (_, fields) => (await client.api.forgotPassword(fields)).message);

  function show(name) {
    for (const form of ["login", "forgot", "unverified"]) $(`${form}-form`).hidden = form !== name;
  }

  function askToVerify(email, text) {
    const form = $("unverified-form");
    clearForm(form);
    $("unverified-text").textContent = text;
    form.elements.email.value = email;
    select($("tab-login"));
    show("unverified");
    $("unverified-title").focus();
  }

  $("forgot-open").addEventListener("click", () => {
    show("forgot");
    $("forgot-form").elements.email.focus();
  });
  for (const back of document.querySelectorAll(".back")) {
    back.addEventListener("click", () => {
      show("login");
      login.elements.identifier.focus();
    });
  }

  register.elements.password.addEventListener("input", () => judge());
  register.addEventListener("reset", () => setTimeout(judge)); // when the field is empty
  judge();
  offerDemoPerson(register);

  return {
    /** Opens at sign-in for somebody who was signed in here. */
    open(known) {
      select($(known ? "tab-login" : "tab-register"));
    },
    clear() {
      for (const form of [register, login, $("forgot-form"), $("unverified-form")]) resetForm(form);
      show("login");
    },
  };
}

// In production nobody is invented.
function offerDemoPerson(form) {
  if (document.body.dataset.development !== "true") return;
  const button = make("button", { id: "demo-person", type: "button", textContent: "Fill in a demo person" });
  button.addEventListener("click", () => {
    clearForm(form);
    fillInDemoPerson(form);
    form.querySelector("[type=submit]").focus();
  });
  $("register-actions").append(button);
}

/** Shows the length of the password. How good it is the server says: refusal is what it said. */
function judge(refusal) {
  const { length } = $("register-password").value;
  const meter = $("register-meter");
  meter.style.setProperty("--full", Math.min(1, length / LONG));
  meter.dataset.refused = String(Boolean(refusal));
  $("register-verdict").textContent = refusal ? "" : length ? `${length} characters. The server tells how easy it is to guess.` : "Long and unusual is good: three words that nobody puts together.";
}
