// The client of Sallyport, for browsers and for programs that keep their tokens
// themselves. One file without dependencies; sallyport.d.ts has its types.
//
//   const client = createClient({ baseUrl: "https://auth.example.com" });
//   await client.api.login({ email, password });
//   const answer = await client.fetch("/api/v1/users/current-user");
//
// In a browser both tokens are in HttpOnly cookies, which no script can read.

const AUTH = "/api/v1/auth/";

// Made from openapi.yaml by .ci/spec/check --write: "METHOD /path/{parameter}?query".
const OPERATIONS = {
  register: "POST /api/v1/auth/register",
  login: "POST /api/v1/auth/login",
  refreshToken: "POST /api/v1/auth/refresh-token",
  logout: "POST /api/v1/auth/logout",
  verifyEmail: "POST /api/v1/auth/verify-email",
  resendVerification: "POST /api/v1/auth/resend-verification",
  forgotPassword: "POST /api/v1/auth/forgot-password",
  resetPassword: "POST /api/v1/auth/reset-password",
  undoEmailChange: "POST /api/v1/auth/undo-email-change",
  currentUser: "GET /api/v1/users/current-user",
  deleteAccount: "DELETE /api/v1/users/current-user",
  changePassword: "POST /api/v1/users/change-password",
  changeEmail: "POST /api/v1/users/change-email",
  updateAccount: "PATCH /api/v1/users/update-account",
  setAvatar: "PATCH /api/v1/users/avatar",
  removeAvatar: "DELETE /api/v1/users/avatar",
  setCoverImage: "PATCH /api/v1/users/cover-image",
  removeCoverImage: "DELETE /api/v1/users/cover-image",
  listActivity: "GET /api/v1/users/activity?limit&before",
  listSessions: "GET /api/v1/users/sessions",
  endSessions: "DELETE /api/v1/users/sessions?all",
  endSession: "DELETE /api/v1/users/sessions/{id}",
  healthcheck: "GET /api/v1/healthcheck",
  healthz: "GET /healthz",
  readyz: "GET /readyz",
};
// End of what is made from openapi.yaml.

const REFRESH = OPERATIONS.refreshToken.slice("POST ".length);

// Calls that set or clear the cookies, and what their success means.
const CHANGES = {
  [OPERATIONS.login]: "start",
  [OPERATIONS.register]: "start",
  [OPERATIONS.refreshToken]: "renew",
  [OPERATIONS.changePassword]: "renew",
  [OPERATIONS.logout]: "end",
  [OPERATIONS.deleteAccount]: "end",
  [OPERATIONS.endSessions + "=true"]: "end",
};

// Codes of a 401 that a refresh can mend. A browser deletes the access cookie when
// it expires, so that an expired token usually shows as a missing one.
const RENEWABLE = /^(missing_token|token_expired|invalid_token)$/;

const LONGEST_DELAY = 1e9; // ms: one over 2^31 would fire at once

/** A refusal of the API, or no answer that can be read (status 0). */
export class ApiError extends Error {
  constructor(code, { message = code.replaceAll("_", " "), status = 0, errors = [], requestId = "", retryAfter = 0 } = {}) {
    super(message);
    Object.assign(this, { name: "ApiError", code, status, errors, requestId, retryAfter });
  }
}

export const createClient = (options) => new Client(options);

class Client {
  #base;
  #options;
  #record;
  #seen; // the record that the listeners know of
  #listeners = { signedIn: new Set(), refreshed: new Set(), signedOut: new Set() };
  #refreshing = null; // the refresh that all wait for
  #busy = {}; // the server's last Retry-After: {until, error}
  #used = false; // whether a request was sent since the last renewal
  #timer;
  #closing = new AbortController();

  constructor({ baseUrl = "", renewBefore = 60_000, timeout = 10_000, ...options } = {}) {
    this.#base = baseUrl.replace(/\/+$/, "");
    this.#options = { renewBefore, timeout, ...options };
    this.#record = new Record("sallyport" + (this.#base && ":" + this.#base));
    this.#seen = this.#record.read();
    this.api = {};
    for (const [name, operation] of Object.entries(OPERATIONS)) this.api[name] = (values) => this.#call(operation, values);
    this.session = new Session(this, Boolean(globalThis.document || options.tokens));
    if (globalThis.document) this.#listen();
  }

  // ---- requests

  /** fetch with the session's tokens. After a 401 that a refresh can mend, the request is sent once more. */
  fetch = async (input, init = {}) => {
    const target = typeof input === "string" && input.startsWith("/") ? this.#base + input : input;
    const path = this.#ownPath(target);
    if (!path) return this.#transport(target, init);
    if (init.keepalive || target.keepalive) return this.#attempt(target, init); // the page may be closing
    const operation = (init.method ?? target.method ?? "GET").toUpperCase() + " " + path;
    const change = CHANGES[operation];
    const send = change ? (again) => this.#change(change, again, init) : (again) => this.#attempt(again, init);
    if (path.startsWith(AUTH)) return send(target);

    if (!this.#used) {
      this.#used = true;
      this.#schedule();
    }
    const signal = init.signal ?? target.signal;
    if (isLong(init.body ?? target.body)) await withSignal(this.ensureFresh(), signal).catch(ignore);
    const spare = target.clone?.() ?? target;
    const before = this.#record.read();
    const answer = await send(target);
    const isRenewable = await this.#canRenew(answer, before);
    if (operation === OPERATIONS.currentUser && !isLive(before) && this.#isNewest(before) && (await bodyOf(answer))?.success) this.#record.write({ session: random() }); // signed in by other means than this client
    this.#sync();
    if (!isRenewable) return answer;
    return this.#repeat(() => {
      if (isStream(init.body)) throw new ApiError("body_not_repeatable");
      return send(spare);
    }, before, answer, signal);
  };

  /** Whether a refresh can mend the answer. A session that is over is ended here. */
  async #canRenew(answer, before) {
    if (answer.status !== 401) return false;
    const code = await codeOf(answer);
    if (code === "session_ended") await this.#end(code, before);
    return RENEWABLE.test(code) && (code !== "missing_token" || isLive(before));
  }

  async #repeat(send, before, refusal, signal) {
    try {
      await withSignal(this.refresh(before), signal);
    } catch (error) {
      if (error.status === 401) return refusal; // signed out: the listeners know why
      throw error;
    }
    const renewed = this.#record.read();
    if (before?.session && renewed?.session !== before.session) return refusal; // somebody else has signed in: not theirs to send
    const answer = await send();
    if (answer.status !== 401 || (await codeOf(answer)) !== "missing_token" || this.#options.tokens || !this.#isNewest(renewed)) return answer;
    const error = await this.#cookiesBlocked(renewed);
    this.#sync();
    throw error;
  }

  async #attempt(target, init) {
    const { tokens, headers } = this.#options;
    const sent = new Headers(init.headers ?? target.headers);
    new Headers(headers?.()).forEach((value, name) => sent.set(name, value));
    const held = await tokens?.get();
    if (held) sent.set("Authorization", "Bearer " + held.accessToken);
    return this.#transport(target, { ...init, headers: sent, credentials: tokens ? "omit" : "include" });
  }

  #transport(target, init) {
    if (this.#closing.signal.aborted) throw new ApiError("disposed");
    return (this.#options.fetch ?? fetch)(target, init);
  }

  /** The path under baseUrl, with its query; false for what is elsewhere. */
  #ownPath(target) {
    const [root, url] = [this.#base + "/", target.url ?? target].map((part) => new URL(part, globalThis.location?.href).href);
    return url.startsWith(root) && url.slice(root.length - 1);
  }

  /** One of the calls of the API: returns the envelope of the answer, or throws an ApiError. */
  async #call(operation, values = {}) {
    const { tokens } = this.#options;
    const [method, path, query = ""] = operation.split(/[ ?]/);
    const isForm = values instanceof FormData;
    const rest = { ...values }; // nothing of a form
    const take = (name) => {
      const value = rest[name];
      delete rest[name];
      return value;
    };
    const where = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(take(name)));
    const search = query.split("&").map((name) => [name, take(name)]).filter(([, value]) => value != null);
    if (tokens && CHANGES[operation] === "start") isForm ? values.set("transport", "body") : (rest.transport = "body");
    const url = where + (search.length ? "?" + new URLSearchParams(search) : "");
    return envelope(this.fetch(url, { method, ...(isForm ? { body: values } : json(rest)) }));
  }

  // ---- renewal

  /** Renews the tokens now. Parallel calls and tabs share one request. since: the record that is too old. */
  refresh = async (since = this.#record.read()) => {
    if (globalThis.document?.prerendering) await new Promise((shown) => document.addEventListener("prerenderingchange", shown));
    const deadline = Date.now() + this.#options.timeout;
    while (this.#isNewest(since)) {
      this.#refreshing ??= this.#exclusively((waited) => this.#rotate(since, deadline, waited)).finally(() => (this.#refreshing = null));
      await this.#refreshing;
    }
    const reason = this.#record.read()?.reason;
    if (reason) throw new ApiError(reason, { status: 401 });
  };

  /** Renews the tokens where the access token ends soon. Call it before what cannot be repeated: an <img>, a download, a stream. */
  ensureFresh = async () => {
    const now = this.#record.read();
    if (isLive(now) && !(now.renew > Date.now())) await this.refresh(now);
  };

  async #rotate(since, deadline, waited) {
    const held = await this.#options.tokens?.get();
    const init = { method: "POST", ...(held && json({ refreshToken: held.refreshToken })) };
    for (let left = 10; waited && left-- && this.#isNewest(since); ) await pause(50); // for news of the tab that had the lock
    while (this.#isNewest(since)) {
      if (this.#busy.until > deadline) throw this.#busy.error;
      if (this.#busy.until > Date.now()) await pause(this.#busy.until - Date.now());
      await this.#exchange(init, since, deadline);
    }
  }

  async #exchange(init, since, deadline) {
    const stop = new AbortController();
    const late = setTimeout(() => stop.abort(), deadline - Date.now());
    try {
      const { data } = await envelope(this.#attempt(this.#base + REFRESH, { ...init, signal: stop.signal }));
      if (this.#isNewest(since)) await this.#keep(data ?? {}, since?.session);
    } catch (error) {
      if (!this.#isNewest(since)) return; // another tab, which had no lock either, was faster
      if (stop.signal.aborted) throw new ApiError("timeout");
      if (error.code === "missing_token" && since?.access > Date.now()) throw await this.#cookiesBlocked(since);
      if (error.status === 401 && error.code !== "unexpected_answer") await this.#end(error.code, since);
      if (!error.retryAfter) throw error; // the session goes on
      this.#busy = { until: Date.now() + error.retryAfter * 1000, error };
    } finally {
      clearTimeout(late);
    }
  }

  /** The API said that it set cookies, and the browser sends none. */
  async #cookiesBlocked(since) {
    let code = "cookies_blocked";
    try {
      globalThis.top?.location.href;
    } catch {
      code = "unsupported_context"; // a page of another site is around this one
    }
    await this.#end(code, since);
    return new ApiError(code);
  }

  /** Sends a call while no other changes the cookies, and keeps what came of it. */
  async #change(change, target, init) {
    return this.#exclusively(async () => {
      const answer = await this.#attempt(target, init);
      const before = this.#record.read();
      if (answer.ok && change === "end") await this.#end("signed_out", before);
      else if (answer.ok) {
        const data = (await bodyOf(answer))?.data;
        if (data?.accessTokenExpiresIn !== undefined) await this.#keep(data, change === "renew" ? before?.session : undefined); // else the email has to be verified first
      }
      return answer;
    });
  }

  /** Runs work(waited) while no other tab changes the cookies. Listeners are called when the lock is free. */
  #exclusively = (work) => this.#locked(work).finally(() => this.#sync());

  /** Waits half of timeout for the other tabs: one may be frozen. */
  async #locked(work) {
    await this.#refreshing?.catch(ignore); // of this tab, where there are no locks
    const { locks } = globalThis.document ? navigator : {}; // a server has many visitors
    let running;
    const take = (options) => locks.request(this.#record.key, options, (lock) => lock && (running = work(options.signal)));
    try {
      await take({ ifAvailable: true });
      if (!running) await take({ signal: AbortSignal.timeout(this.#options.timeout / 2) });
    } catch {} // of work, or no lock in time, or none allowed here: the server's grace serves both tabs
    return running ?? work();
  }

  // ---- the record

  /** Keeps new tokens, or only their times. Without the session that they continue, it is a sign-in. */
  async #keep(data, session = random()) {
    const { accessToken, refreshToken, accessTokenExpiresIn, refreshTokenExpiresIn } = data;
    if (accessToken) await this.#options.tokens?.set({ accessToken, refreshToken });
    const now = Date.now();
    const life = accessTokenExpiresIn * 1000;
    const renew = now + life - Math.min(this.#options.renewBefore, life / 3);
    this.#record.write({ session, access: now + life, refresh: now + refreshTokenExpiresIn * 1000, renew });
  }

  /** Ends the session, unless another tab has changed it since. */
  async #end(reason, since) {
    if (!this.#isNewest(since)) return;
    await this.#options.tokens?.set(null);
    this.#record.write({ reason });
  }

  #isNewest(record) {
    return this.#record.read()?.stamp === record?.stamp;
  }

  /** Whether somebody has signed in here and not out. */
  mayBeSignedIn = () => isLive(this.#record.read());

  /** When the tokens expire, in milliseconds since 1970 by this computer's clock; null where it is not known. */
  times = () => ({ access: null, refresh: null, ...this.#record.read() });

  // ---- events

  on = (type, listener) => {
    this.#listeners[type].add(listener);
    return () => this.#listeners[type].delete(listener);
  };

  /** Tells the listeners what has changed since they were told last. */
  #sync() {
    const before = this.#seen;
    const now = (this.#seen = this.#record.read());
    if (before?.stamp === now?.stamp || this.#closing.signal.aborted) return;
    this.#schedule();
    const elsewhere = now?.stamp !== this.#record.written;
    const goesOn = isLive(before) && before.session === now?.session;
    if (isLive(now)) tell(this.#listeners[goesOn ? "refreshed" : "signedIn"], { elsewhere });
    else if (!before?.reason) tell(this.#listeners.signedOut, { reason: now?.reason ?? "unknown", elsewhere });
  }

  // ---- renewal ahead of time, in a page that is seen and used

  #schedule(more = 0) {
    clearTimeout(this.#timer);
    const renew = this.#seen?.renew;
    if (!this.#used || !renew || !isAwake() || this.#closing.signal.aborted) return;
    this.#timer = setTimeout(() => this.#renewAhead(), Math.max(0, Math.min(renew - Date.now(), LONGEST_DELAY)) + more);
  }

  #renewAhead() {
    if (this.#seen.renew > Date.now() || !isAwake()) return this.#schedule();
    this.#used = false;
    this.refresh(this.#seen).catch(() => (this.#used = true)); // next tried when a request needs it, or the page wakes
  }

  #listen() {
    const { signal } = this.#closing;
    const look = () => {
      this.#sync();
      this.#schedule();
    };
    this.#record.listen(look, signal);
    document.addEventListener("visibilitychange", look, { signal });
    addEventListener("pageshow", look, { signal }); // from the back/forward cache too
    addEventListener("online", () => this.#schedule(Math.random() * 2000), { signal }); // not all tabs at once
  }

  /** Stops all timers and listeners. Later requests are refused. */
  dispose = () => {
    this.#closing.abort();
    clearTimeout(this.#timer);
  };
}

/**
 * What all tabs know of the session: {session, stamp, access, refresh, renew}, or
 * {stamp, reason} after its end. Random words and times: no token, no name.
 */
class Record {
  #memory = null; // where storage is blocked, outside of pages, and where news are faster than storage
  #blocked = !globalThis.document;
  #channel;

  constructor(key) {
    this.key = key;
  }

  read() {
    const stored = parsed(this.#storage((storage) => storage.getItem(this.key)));
    return this.#memory?.count > (stored?.count ?? 0) ? this.#memory : stored;
  }

  write(next) {
    next = this.#memory = { stamp: random(), count: (this.read()?.count ?? 0) + 1, ...next };
    this.#storage((storage) => storage.setItem(this.key, JSON.stringify(next)));
    this.written = next.stamp;
    try {
      this.#channel?.postMessage(next);
    } catch {} // news come late
  }

  #storage(act) {
    try {
      return this.#blocked ? null : act(localStorage);
    } catch {
      this.#blocked = true;
    }
  }

  /** Calls look after a change in another tab. Some browsers tell the tab of its own. */
  listen(look, signal) {
    const hear = (news) => {
      this.#memory = news;
      look();
    };
    addEventListener("storage", ({ key, newValue }) => key === this.key && hear(parsed(newValue)), { signal });
    try {
      const channel = (this.#channel = new BroadcastChannel(this.key));
      channel.onmessage = ({ data }) => hear(data);
      signal.addEventListener("abort", () => channel.close());
    } catch {} // events of storage are left
  }
}

const INITIAL = { status: "unknown", data: null, isPending: true, error: null, reason: "" };

/** Who is signed in, in the form that the stores of frameworks have. */
class Session {
  #client;
  #asks; // false while a server renders
  #state = INITIAL;
  #listeners = new Set();
  #asked = 0;

  constructor(client, asks) {
    this.#client = client;
    this.#asks = asks;
    client.on("signedIn", () => this.#asked && this.refetch());
    client.on("signedOut", ({ reason }) => this.#set(++this.#asked, { status: "signedOut", data: null, reason }));
  }

  get = () => this.#state;

  initial = () => INITIAL;

  subscribe = (run) => {
    this.#listeners.add(run);
    run(this.#state);
    if (this.#asks && !this.#asked) this.refetch();
    return () => this.#listeners.delete(run);
  };

  refetch = async () => {
    const asked = ++this.#asked;
    try {
      const { data } = await this.#client.api.currentUser();
      this.#set(asked, { status: "signedIn", data, reason: "" });
    } catch (error) {
      this.#set(asked, error.status === 401 ? { status: "signedOut", data: null } : { error });
    }
    return this.#state;
  };

  #set(asked, changed) {
    if (asked !== this.#asked) return; // overtaken
    this.#state = { ...this.#state, isPending: false, error: null, ...changed };
    tell(this.#listeners, this.#state);
  }
}

function tell(listeners, event) {
  for (const listener of [...listeners]) {
    new Promise(() => listener(event)); // what it throws is an unhandled rejection, and stops nobody
  }
}

/** The envelope of an answer; an ApiError for a refusal, no answer, or what is no envelope. */
async function envelope(sent) {
  let answer;
  try {
    answer = await sent;
  } catch (error) {
    if (error instanceof ApiError || error.name === "AbortError") throw error;
    throw new ApiError("network_error");
  }
  const { status, headers } = answer;
  const body = await bodyOf(answer);
  const retryAfter = Math.max(Number(headers.get("Retry-After")) || 0, 0); // seconds, as this API gives it; a date counts as none
  if (typeof body?.success !== "boolean") throw new ApiError("unexpected_answer", { status, retryAfter });
  if (!answer.ok) throw new ApiError(body.code, { ...body, status, retryAfter });
  return body;
}

const bodyOf = (answer) => answer.clone().json().catch(ignore);
const codeOf = async (answer) => (await bodyOf(answer))?.code;

function json(values) {
  return Object.keys(values).length ? { headers: { "Content-Type": "application/json" }, body: JSON.stringify(values) } : {};
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Rejects when the caller gives up, and leaves the work to the others that wait for it. */
function withSignal(work, signal) {
  if (!signal) return work;
  return Promise.race([work, new Promise((_, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
  })]);
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const isLive = (record) => Boolean(record && !record.reason);
const isStream = (body) => body?.getReader; // not all programs have ReadableStream
const isLong = (body) => body instanceof Blob || body instanceof FormData || isStream(body);
const isAwake = () => globalThis.document?.visibilityState === "visible" && navigator.onLine !== false;
const random = () => Math.random().toString(36).slice(2);
const ignore = () => {};
