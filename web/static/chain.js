// The chain of refresh tokens, as far as this page knows it.
import { $, make } from "./forms.js";
import { duration } from "./duration.js";

const SHOWN = 5; // tokens; the oldest are left out
const grace = Number(document.body.dataset.grace); // milliseconds: REFRESH_GRACE of the server

let tokens = []; // {number, replaced: when, or null; used: whether it or its access token was presented}

/** A session begins, or this page has just been opened. */
export function startChain() {
  tokens = [{ number: 1, replaced: null, used: true }];
}

/** The live token was replaced. */
export function rotated() {
  const last = tokens.at(-1);
  last.replaced = Date.now();
  tokens.push({ number: last.number + 1, replaced: null, used: false });
  tokens = tokens.slice(-SHOWN);
}

/** An access token was presented: the server knows that the answer with the live token arrived. */
export function confirmed() {
  if (tokens.length) tokens.at(-1).used = true;
}

function stateOf(token, next) {
  if (token.replaced === null) return { state: "live", text: "live" };
  const left = token.replaced + grace - Date.now();
  if (left > 0) return { state: "grace", text: `in grace ${duration(left)}` };
  if (grace > 0 && next && !next.used && next.replaced === null) return { state: "grace", text: `until ${next.number} is used` };
  return { state: "spent", text: "spent" };
}

export function drawChain() {
  const items = tokens.map((token, i) => {
    const { state, text } = stateOf(token, tokens[i + 1]);
    const item = make("li", {}, make("span", { className: "bead", textContent: token.number }), " ", make("span", { className: "state", textContent: text }));
    item.dataset.state = state;
    return item;
  });
  $("chain").replaceChildren(...items);
}
