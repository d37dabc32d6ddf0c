// Forms whose errors stand beside their fields.

export const $ = (id) => document.getElementById(id);

/** Makes an element with these properties and children. Text stays text. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/**
 * Calls act(form, fields, button) when the form is sent, shows the text that it
 * returns, and its error in place. A form that was accepted is emptied, unless it is
 * marked data-keep.
 */
export function onSubmit(form, act) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const note = await run(form, () => act(form, Object.fromEntries(new FormData(form)), event.submitter));
    if (note !== undefined && !("keep" in form.dataset)) form.reset();
  });
}

/** Does what a button asks for, and shows its error or text in the form around it. */
export function onClick(button, act) {
  button.addEventListener("click", () => run(button.closest("form"), act));
}

// What /client.js itself refuses has a code and no words for people.
const WORDS = {
  network_error: "The server could not be reached. You are still signed in.",
  timeout: "The server took too long. You are still signed in.",
  unexpected_answer: "The answer is not of this server: is there a sign-in page of a network in between?",
  cookies_blocked: "This browser keeps no cookies of this page.",
  unsupported_context: "This browser keeps no cookies of this page in a frame of another site.",
};

/** What went wrong, for people. */
export const wordsFor = ({ code, message }) => WORDS[code] ?? message;

/** One action of a form at a time. Returns the text that act returned. */
export async function run(form, act) {
  if (form.ariaBusy === "true") return undefined;
  form.ariaBusy = "true";
  clearForm(form);
  try {
    const note = await act();
    if (note !== undefined) form.querySelector(".form-note").textContent = note;
    return note;
  } catch (error) {
    showErrors(form, error);
  } finally {
    form.ariaBusy = "false";
  }
}

/** Removes errors and notes, and leaves the fields. */
export function clearForm(form) {
  for (const text of form.querySelectorAll(".error, .form-note")) text.textContent = "";
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
}

/** Empties the form, with its errors and notes. */
export function resetForm(form) {
  form.reset();
  clearForm(form);
}

/** Shows each error beside its field, and the others above the button. */
export function showErrors(form, error) {
  const general = [];
  for (const { field, message } of error.errors ?? []) {
    const input = form.elements[field] ?? form.querySelector(`[data-errors-of~="${CSS.escape(field)}"]`);
    if (!input) {
      general.push(`${field}: ${message}`);
      continue;
    }
    input.setAttribute("aria-invalid", "true");
    $(input.getAttribute("aria-describedby").split(" ")[0]).textContent = message;
  }
  if (!error.errors?.length) general.push(wordsFor(error));
  form.querySelector(".form-error").textContent = general.join(" ");
  (form.querySelector("[aria-invalid]") ?? form.querySelector("input"))?.focus();
}

/** Gives each password field a button that shows what is typed. */
export function offerToShowPasswords() {
  for (const input of document.querySelectorAll("input[type=password]")) {
    const label = document.querySelector(`label[for="${input.id}"]`).textContent;
    const button = make("button", { type: "button", className: "reveal", textContent: "Show", ariaPressed: "false", ariaLabel: `Show: ${label}` });
    button.addEventListener("click", () => {
      const shown = input.type === "password";
      input.type = shown ? "text" : "password";
      button.ariaPressed = String(shown);
    });
    input.form.addEventListener("reset", () => {
      input.type = "password";
      button.ariaPressed = "false";
    });
    const both = make("div", { className: "with-button" });
    input.replaceWith(both);
    both.append(input, button);
  }
}
