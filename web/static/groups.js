// Which requests belong together: a 401, the refresh that it led to, and the repeats.

const REFRESH = "/api/v1/auth/refresh-token";

export class Group {
  exchanges = [];
  repeats = new Set();
  refresh = null;

  constructor(first) {
    this.exchanges.push(first);
  }

  get #first() {
    return this.exchanges[0];
  }

  /** Adds the exchange if it belongs here, and reports whether. */
  take(next) {
    if (next.device !== this.#first.device) return false;
    const repeats = this.#waiting(next);
    if (isRefresh(next) && this.#waiting() && !this.refresh) this.refresh = next;
    else if (this.refresh?.status === 200 && repeats) this.repeats.add(next);
    else if (this.refresh || !same(next, this.#first) || isRefresh(next) || !this.exchanges.some((e) => e.status === null)) return false;
    this.exchanges.push(next);
    return true;
  }

  /** Whether a request like this, or any, was refused and not yet repeated. */
  #waiting(like) {
    const is = (e) => !like || same(e, like);
    const refused = this.exchanges.filter((e) => e.renewable && is(e)).length;
    return refused > [...this.repeats].filter(is).length;
  }

  /** "current-user 401 → refresh-token 200 → again 200" */
  title() {
    const parts = [];
    for (const e of this.exchanges) {
      const what = `${this.repeats.has(e) ? "again" : nameOf(e)} ${statusOf(e)}`;
      const last = parts.at(-1);
      if (last?.what === what) last.times++;
      else parts.push({ what, times: 1 });
    }
    return parts.map(({ what, times }) => (times > 1 ? `${times} × ${what}` : what)).join(" → ");
  }

  outcome() {
    const codes = this.exchanges.map((e) => e.answer?.code);
    if (codes.includes("token_reused")) return "theft noticed";
    if (this.refresh && this.repeats.size && [...this.repeats].every((e) => e.status >= 200 && e.status < 300)) return "renewed";
    return this.refresh ? "" : (codes.find(Boolean) ?? "");
  }
}

const same = (a, b) => a.method === b.method && a.path === b.path;
const isRefresh = (e) => e.path === REFRESH;

/** The last part of the path that names something. */
export function nameOf({ path }) {
  const [name] = path.split("?");
  return name.split("/").filter((part) => !/^[0-9a-f-]{36}$/.test(part)).pop();
}

export function statusOf({ status }) {
  return status === null ? "…" : status || "no answer";
}

export function kindOf({ status }) {
  if (status === null) return "pending";
  return status >= 200 && status < 300 ? "good" : status === 401 ? "denied" : "bad";
}
