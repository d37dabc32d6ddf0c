// The demo person, and the password of a second device.
import { $, resetForm, run } from "./forms.js";

const NAMES = ["Ada Lovelace", "Grace Hopper", "Katherine Johnson", "Mary Jackson", "Radia Perlman", "Karen Jones"];

let filledIn = null; // the demo person of the form
let known = null; // {email, password} of the demo person who has signed up; in memory alone

/** Fills the form with a person who does not exist yet. */
export function fillInDemoPerson(form) {
  const fullName = NAMES[Math.floor(Math.random() * NAMES.length)];
  const username = `${fullName.split(" ")[0].toLowerCase()}-${letters(5)}`;
  filledIn = { fullName, username, email: `${username}@example.com`, password: `${letters(5)}-${letters(5)}-${letters(5)}` };
  for (const [name, value] of Object.entries(filledIn)) form.elements[name].value = value;
  form.elements.password.dispatchEvent(new Event("input"));
}

function letters(n) {
  return Array.from(crypto.getRandomValues(new Uint8Array(n)), (byte) => "abcdefghjkmnpqrstuvwxyz"[byte % 23]).join("");
}

/** Remembers the password of the demo person: this page has chosen it. */
export function signedUp({ email, password }) {
  known = filledIn?.email === email && filledIn.password === password ? { email, password } : null;
}

export function passwordChanged(password) {
  if (known) known.password = password;
}

export function forgetPerson() {
  known = filledIn = null;
}

/**
 * Calls act(password) with the password of this account. It is asked for unless it is
 * that of the demo person. Returns what act returned, undefined if the person cancels.
 */
export async function withPassword(email, act) {
  if (known?.email === email) return act(known.password);
  const dialog = $("proof");
  const form = $("proof-form");
  const done = new AbortController();
  const { signal } = done;
  try {
    return await new Promise((resolve) => {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        run(form, async () => resolve(await act(form.elements.password.value)));
      }, { signal });
      dialog.addEventListener("close", () => resolve(undefined), { signal });
      $("proof-cancel").addEventListener("click", () => dialog.close(), { signal });
      dialog.showModal();
    });
  } finally {
    done.abort();
    dialog.close();
    resetForm(form);
  }
}
