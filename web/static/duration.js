// Times for people.

/** Milliseconds as "7 s", "14:59" or "6 d 23:59:59". */
export function duration(ms) {
  const s = Math.ceil(ms / 1000);
  if (s < 60) return `${s} s`;
  const two = (n) => String(n).padStart(2, "0");
  const clock = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  const hours = Math.floor(s / 3600);
  if (hours === 0) return clock;
  const days = Math.floor(hours / 24);
  return `${days ? `${days} d ` : ""}${two(hours % 24)}:${clock}`;
}

/** About how long that is: "15 min". */
export function about(ms) {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}

export function when(text) {
  return new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
