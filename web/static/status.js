// The line at the top of the page: what has just happened to the session.
import { $, wordsFor } from "./forms.js";

export function say(text) {
  $("problem").textContent = "";
  $("status").textContent = text;
}

export function complain(error) {
  $("status").textContent = "";
  $("problem").textContent = `${wordsFor(error)} (${error.code})`;
}

/** Clears the line when the next action starts: an old message is never taken for a new one. */
export function clearStatusOnAction() {
  const clear = () => say("");
  document.addEventListener("submit", clear, { capture: true });
  document.addEventListener("click", (event) => event.target.closest?.("button") && clear(), { capture: true });
}
