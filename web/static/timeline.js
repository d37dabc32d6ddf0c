// The time line: how long the two tokens live, and what the buttons do to them.
import { drawChain, rotated, startChain } from "./chain.js";
import { about, duration } from "./duration.js";
import { $, clearForm, onClick } from "./forms.js";

const TEN = 10;

export function timelinePanel(client, exchanges) {
  const form = $("line-form");
  let whole = 0; // milliseconds: the life of the access token when this page first saw it
  let expired = false; // by the button, until it is renewed

  startChain();
  client.on("signedIn", () => {
    startChain();
    restart();
  });
  client.on("refreshed", () => {
    rotated();
    restart();
  });

  function restart() {
    whole = 0;
    expired = false;
    tick();
  }

  function tick() {
    const { access, refresh } = client.times();
    const left = expired ? 0 : Math.max(0, access - Date.now());
    whole = Math.max(whole, left);
    $("access-bar").style.setProperty("--left", whole ? left / whole : 0);
    $("access-left").textContent = access === null ? "" : left ? duration(left) : "expired";
    $("access-life").textContent = whole ? `for ${about(whole)}` : "for minutes";
    $("refresh-left").textContent = refresh === null ? "" : refresh > Date.now() ? duration(refresh - Date.now()) : "expired";
    drawChain();
  }

  /** Sends n requests without an access token. Returns how many refreshes they needed. */
  async function sendExpired(n) {
    let refreshes = 0;
    const stop = client.on("refreshed", () => refreshes++);
    expired = true;
    tick();
    exchanges.withholdAccess(n);
    try {
      await Promise.all(Array.from({ length: n }, () => client.api.currentUser()));
    } finally {
      exchanges.withholdAccess(0);
      expired = false;
      stop();
      tick();
    }
    return refreshes;
  }

  onClick($("expire"), async () => {
    await sendExpired(1);
    return "The request went without its access token: 401. One refresh renewed both tokens, and the request was sent again: 200.";
  });
  onClick($("ten"), async () => {
    const refreshes = await sendExpired(TEN);
    return `${TEN} requests at once, ${TEN} times 401, ${refreshes} ${refreshes === 1 ? "rotation served" : "rotations served"} all of them.`;
  });
  onClick($("refresh"), async () => {
    await client.refresh();
    return "Both cookies were replaced. The old refresh token works for a moment longer, for tabs that ask at the same time.";
  });

  setInterval(tick, 1000);
  return {
    show: tick,
    clear: () => clearForm(form),
  };
}
