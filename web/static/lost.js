// An answer that never arrives: the retry gets the same successor, however late.
import { tail } from "./exchanges.js";
import { $, onClick, run } from "./forms.js";
import { refreshWith, signInSecond, signOutWith } from "./second.js";

export function lostPanel(exchanges) {
  const fetch = exchanges.fetchOf("second device");
  let user = null;
  let held = null; // the tokens of the second device
  let lost = ""; // the refresh token that it never got

  async function lose() {
    const first = await signInSecond(fetch, user.email);
    if (!first) return undefined;
    held = first;
    const { status, answer } = await refreshWith(fetch, held);
    if (status !== 200) throw answer;
    lost = answer.data.refreshToken;
    $("lost-story").textContent = `A second device sent its refresh token ${tail(held.refreshToken)}. The server rotated it to ${tail(lost)}, ` +
      `and this page threw the answer away, as a tunnel would. The device still has ${tail(held.refreshToken)}: send it again, now or after the grace.`;
    $("lost").hidden = false;
    $("lost-actions").hidden = false;
    $("lost-retry").focus();
    return undefined;
  }

  async function retry() {
    const { status, answer } = await refreshWith(fetch, held);
    if (status !== 200) throw answer;
    const same = answer.data.refreshToken === lost;
    $("lost-story").textContent = same
      ? `The retry got ${tail(lost)}: the very same successor. Nobody was signed out, because nobody has used what was lost.`
      : `The retry got ${tail(answer.data.refreshToken)}, another successor than ${tail(lost)}.`;
    $("lost-actions").hidden = true;
    await signOutWith(fetch, answer.data);
    return "The second device is signed out again.";
  }

  onClick($("lose"), () => {
    hide();
    return lose();
  });
  $("lost-retry").addEventListener("click", () => run($("line-form"), retry));

  function hide() {
    held = null;
    $("lost").hidden = true;
  }

  return {
    show: (shown) => (user = shown),
    clear: hide,
  };
}
