// Forms whose errors stand beside their fields.

export const $ = (id) => document.getElementById(id);

/**
 * Calls act(form, fields, button) when the form is sent, shows the text that it
 * returns, and its error in place. A form that was accepted is emptied, unless it is
 * marked data-keep.
 */
export function onSubmit(form, act) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    clearForm(form);
    try {
      const note = await act(form, Object.fromEntries(new FormData(form)), event.submitter);
      if (note === undefined) return; // the caller shows what came of it
      showNote(form, note);
      if (!("keep" in form.dataset)) form.reset();
    } catch (error) {
      showErrors(form, error);
    } finally {
      form.ariaBusy = "false";
    }
  });
}

/** Does what a button asks for, and shows its error or text in the form around it. */
export function onClick(button, act) {
  const form = button.closest("form");
  button.addEventListener("click", async () => {
    clearForm(form);
    try {
      showNote(form, await act());
    } catch (error) {
      showErrors(form, error);
    }
  });
}

/** Removes errors and notes, and leaves the fields. */
export function clearForm(form) {
  for (const text of form.querySelectorAll(".error, .form-note")) text.textContent = "";
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
}

function showNote(form, text) {
  form.querySelector(".form-note").textContent = text ?? "";
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
    $(input.getAttribute("aria-describedby")).textContent = message;
  }
  if (!error.errors?.length) general.push(error.message);
  form.querySelector(".form-error").textContent = general.join(" ");
  (form.querySelector("[aria-invalid]") ?? form.querySelector("input"))?.focus();
}
