// How long each of the two cookies is still valid.
import { $ } from "./forms.js";

const countdowns = {
  access: countdown("access", "expired: the next request renews it"),
  refresh: countdown("refresh", "expired: sign in again"),
};

function countdown(name, over) {
  const text = $(`${name}-left`);
  const bar = $(`${name}-bar`);
  let whole = 0; // milliseconds: the longest life seen since the cookie was set
  return {
    restart() {
      whole = 0;
    },
    show(end) {
      const left = end === null ? null : Math.max(0, end - Date.now());
      whole = Math.max(whole, left ?? 0);
      bar.max = whole || 1;
      bar.value = left ?? 0;
      text.textContent = left === null ? "known after the next refresh" : left === 0 ? over : duration(left);
    },
  };
}

/** Begins again with the full length of both bars. */
export function restartCountdowns() {
  countdowns.access.restart();
  countdowns.refresh.restart();
}

/** Shows what is left until these times, and what script sees of the cookies. */
export function tick({ access, refresh }) {
  countdowns.access.show(access);
  countdowns.refresh.show(refresh);
  $("script-sees").textContent = JSON.stringify(document.cookie);
}

function duration(ms) {
  const s = Math.ceil(ms / 1000);
  const two = (n) => String(n).padStart(2, "0");
  const clock = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  const hours = Math.floor(s / 3600);
  if (hours === 0) return clock;
  const days = Math.floor(hours / 24);
  return `${days ? `${days} d ` : ""}${two(hours % 24)}:${clock}`;
}
