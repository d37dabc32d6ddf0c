// The world of one test: a page, a clock that only the test moves, and an API with one
// person. Nothing here waits for real time.
import { createClient } from "../../../web/client/sallyport.js";

export const ORIGIN = "http://app.test";
export const MINUTE = 60_000;
export const ACCESS = 15 * MINUTE; // how long an access token of this API lives

const settleRounds = 12; // turns of the event loop: more than any chain of promises here needs for its bodies
const mostTimers = 200; // in one move of the clock
const originals = ["document", "localStorage", "navigator", "location", "BroadcastChannel", "fetch", "setTimeout", "clearTimeout", "addEventListener", "top"];

/** Lets everything happen that needs no time. */
export async function settle() {
  for (let i = 0; i < settleRounds; i++) await new Promise((done) => setImmediate(done));
}

/** What a promise came to. */
export const outcome = (promise) => promise.then((value) => ({ value }), (error) => ({ error }));

export const envelope = (status, data, headers = {}) =>
  Response.json({ statusCode: status, success: status < 400, message: "", data }, { status, headers });

export const refusal = (status, code, headers = {}) =>
  Response.json({ statusCode: status, success: false, message: code, data: null, code, errors: [] }, { status, headers });

export const html = (status) => new Response("<h1>Hotel</h1>", { status, headers: { "Content-Type": "text/html" } });

export const networkError = () => {
  throw new TypeError("Failed to fetch");
};

export class World {
  now = Date.parse("2026-11-29T12:00:00Z");
  timers = new Map();
  calls = [];
  scripts = {}; // path → answers that come before the API's own
  stored = new Map();
  locks = new Locks();
  channels = new Set();
  window = new EventTarget();
  document = Object.assign(new EventTarget(), { visibilityState: "visible", prerendering: false });
  jar = null; // the cookies: {access, refresh}, each with the time of its end
  life = ACCESS;
  #clients = [];

  constructor(t, { page = true, ...globals } = {}) {
    const before = originals.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
    const realNow = Date.now;
    const realTimeout = AbortSignal.timeout;
    this.set({ fetch: (url, init) => this.answer(url, init), ...this.clock(), ...(page ? this.page() : {}), ...globals });
    Date.now = () => this.now;
    AbortSignal.timeout = (ms) => {
      const stop = new AbortController();
      globalThis.setTimeout(() => stop.abort(), ms);
      return stop.signal;
    };
    t.after(() => {
      for (const client of this.#clients) client.dispose();
      Date.now = realNow;
      AbortSignal.timeout = realTimeout;
      for (const [name, descriptor] of before) descriptor ? Object.defineProperty(globalThis, name, descriptor) : delete globalThis[name];
    });
  }

  set(globals) {
    for (const [name, value] of Object.entries(globals)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }

  page() {
    const world = this;
    return {
      document: this.document,
      location: { href: ORIGIN + "/" },
      navigator: { onLine: true, locks: this.locks },
      addEventListener: (...values) => this.window.addEventListener(...values),
      localStorage: {
        getItem: (key) => this.stored.get(key) ?? null,
        setItem: (key, value) => void this.stored.set(key, value),
      },
      BroadcastChannel: class {
        constructor(name) {
          this.name = name;
          world.channels.add(this);
        }
        postMessage(data) {
          for (const other of world.channels) if (other !== this && other.name === this.name) queueMicrotask(() => other.onmessage?.({ data }));
        }
        close() {
          world.channels.delete(this);
        }
      },
    };
  }

  clock() {
    let last = 0;
    return {
      setTimeout: (run, ms) => {
        this.timers.set(++last, { run, at: this.now + (ms > 2 ** 31 - 1 ? 1 : Math.max(ms || 0, 0)) }); // as browsers do
        return last;
      },
      clearTimeout: (id) => void this.timers.delete(id),
    };
  }

  /** Moves the clock, and runs each timer at its time. */
  async advance(ms) {
    const end = this.now + ms;
    await settle();
    for (let ran = 0; ; ran++) {
      if (ran === mostTimers) throw new Error("a timer spins");
      const [id, timer] = [...this.timers].sort((a, b) => a[1].at - b[1].at)[0] ?? [];
      if (!timer || timer.at > end) break;
      this.timers.delete(id);
      this.now = Math.max(this.now, timer.at);
      timer.run();
      await settle();
    }
    this.now = end;
  }

  client(options) {
    const client = createClient(options);
    this.#clients.push(client);
    return client;
  }

  async signedIn(options) {
    const client = this.client(options);
    await client.api.login({ email: "ada@example.com", password: "correct horse" });
    this.calls.length = 0;
    return client;
  }

  /** What the tab was told: "signedOut session_ended", "refreshed elsewhere"… */
  events(client) {
    const events = [];
    for (const type of ["signedIn", "refreshed", "signedOut"]) {
      client.on(type, ({ reason, elsewhere }) => events.push([type, reason, elsewhere && "elsewhere"].filter(Boolean).join(" ")));
    }
    return events;
  }

  /** The calls so far, such as "POST refresh-token". */
  steps() {
    return this.calls.map(({ method, path }) => method + " " + path.split("/").pop());
  }

  count(name) {
    return this.steps().filter((step) => step.endsWith(" " + name)).length;
  }

  /** Gives the next answer to a path that ends so; returns what lets it go out. */
  hold(name, answer = () => this.own(name)) {
    let release;
    const held = new Promise((done) => (release = done));
    this.script(name, (call) => held.then(() => answer(call)));
    return async () => {
      release();
      await settle();
    };
  }

  script(name, ...answers) {
    (this.scripts[name] ??= []).push(...answers);
  }

  async answer(input, init = {}) {
    const url = new URL(input.url ?? input, ORIGIN);
    const name = url.pathname.split("/").pop();
    const { signal } = init;
    const body = init.body ?? input.body ?? null;
    const call = { method: init.method ?? input.method ?? "GET", path: url.pathname + url.search, url: url.href, headers: new Headers(init.headers), body, init, signal };
    this.calls.push(call);
    const work = Promise.resolve().then(() => (this.scripts[name]?.shift() ?? (() => this.own(name, call)))(call));
    if (!signal) return work;
    const stopped = new Promise((_, reject) => {
      const stop = () => reject(signal.reason);
      signal.aborted ? stop() : signal.addEventListener("abort", stop);
    });
    return Promise.race([work, stopped]);
  }

  own(name) {
    if (name === "login") return this.give({ user: { username: "ada" } });
    if (name === "logout") this.jar = null;
    if (name === "logout" || name === "healthz") return envelope(200, null);
    if (name === "refresh-token") return this.jar?.refresh > this.now ? this.give({}) : refusal(401, "missing_token");
    return this.jar?.access > this.now ? envelope(200, { username: "ada" }) : refusal(401, "missing_token");
  }

  give(data) {
    this.jar = { access: this.now + this.life, refresh: this.now + 7 * 24 * 60 * MINUTE };
    return envelope(200, { ...data, accessTokenExpiresIn: this.life / 1000, refreshTokenExpiresIn: 7 * 24 * 60 * 60 });
  }

  /** The access cookie is gone, as if its time had come. */
  expire() {
    this.jar.access = 0;
  }

  show(state) {
    this.document.visibilityState = state;
    this.document.dispatchEvent(new Event("visibilitychange"));
  }
}

/** navigator.locks */
class Locks {
  waiting = [];
  held = false;

  request(name, { signal, ifAvailable }, work) {
    if (this.held && ifAvailable) return Promise.resolve(work(null));
    return new Promise((done, fail) => {
      const start = () => {
        this.held = true;
        Promise.resolve(work({ name })).finally(() => {
          this.held = false;
          this.waiting.shift()?.();
        }).then(done, fail);
      };
      if (!this.held) return start();
      this.waiting.push(start);
      signal?.addEventListener("abort", () => {
        const place = this.waiting.indexOf(start);
        if (place < 0) return;
        this.waiting.splice(place, 1);
        fail(signal.reason);
      });
    });
  }
}
