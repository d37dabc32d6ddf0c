// The question before something that cannot be taken back.
import { $, onSubmit, resetForm, showErrors } from "./forms.js";

const dialog = $("confirm");
const form = $("confirm-form");
let wanted = ""; // what must be typed; "" for nothing
let answer = null;

/** Resolves to whether the person agrees. Where word is set, it has to be typed. */
export function confirmed({ title, text, yes, word = "" }) {
  $("confirm-title").textContent = title;
  $("confirm-text").textContent = text;
  $("confirm-yes").textContent = yes;
  $("confirm-wanted").textContent = wanted = word;
  $("confirm-field").hidden = !word;
  resetForm(form);
  dialog.showModal(); // and its end gives the focus back
  $(word ? "confirm-word" : "confirm-no").focus();
  return new Promise((resolve) => (answer = resolve));
}

/** Closes an open question as if Cancel was pressed. */
export const closeQuestion = () => dialog.close();

onSubmit(form, (_, { word }) => {
  if (word.trim() !== wanted) return showErrors(form, { errors: [{ field: "word", message: `Type ${wanted}, or press Cancel.` }] });
  answer?.(true);
  dialog.close();
});
$("confirm-no").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => {
  answer?.(false); // nothing where the answer was yes
  answer = null;
});
