// The browser's side of Sallyport's two tokens. Copy this file into your frontend.
//
// Both tokens live in HttpOnly cookies. Script can neither read nor send them: the
// browser does. All this client has to know is when to refresh:
//
//   const api = createClient({ onSignedOut: () => showSignIn() });
//   await api.login({ email, password });
//   const { data: user } = await api.request("GET", "/api/v1/users/current-user");

const AUTH = "/api/v1/auth/";
const REFRESH = AUTH + "refresh-token";

// A browser drops the access cookie in the second it expires, so "no token" is the
// usual sign of an expired one.
const RENEWABLE = new Set(["missing_token", "token_expired"]);

// The only things kept in localStorage: two points in time, never a token.
const KEYS = { access: "sallyport.accessTokenExpiresAt", refresh: "sallyport.refreshTokenExpiresAt" };

/** An answer that is not a success. status 0 means that there was no answer. */
export class ApiError extends Error {
  constructor({ status, code, message, errors = [], requestId = "" }) {
    super(message);
    this.name = "ApiError";
    Object.assign(this, { status, code, errors, requestId });
  }
}

/**
 * onExchange(exchange)  when a request leaves (status null) and again when it is answered
 * onExpiry({elsewhere}) when the two times change; elsewhere: another tab did it
 * onRenewed()           after a refresh that a request needed
 * onSignedOut(error)    when the session is over and only signing in again helps
 */
export function createClient({ onExchange = noop, onExpiry = noop, onRenewed = noop, onSignedOut = noop } = {}) {
  let refreshing = null; // the refresh that all parallel 401s wait for
  let renewals = 0;

  /** Sends one request, renews an expired access token once, and returns the answer's envelope. */
  async function request(method, path, body, { renew = true } = {}) {
    const seen = renewals;
    try {
      return await send(method, path, body);
    } catch (error) {
      if (error.status !== 401 || path.startsWith(AUTH)) throw error;
      if (error.code === "session_ended") signedOut(error);
      if (!renew || !RENEWABLE.has(error.code)) throw error;
      // Another request may have renewed the token while this one was under way.
      if (seen === renewals) {
        await refresh();
        onRenewed();
      }
      return send(method, path, body);
    }
  }

  /** Renews both cookies. Calls made while one is under way share its answer. */
  function refresh() {
    refreshing ??= send("POST", REFRESH)
      .then((answer) => {
        renewals++;
        return answer;
      })
      .catch((error) => {
        // Only a 401 ends the session; a lost connection or a 503 does not.
        if (error.status === 401) signedOut(error);
        throw error;
      })
      .finally(() => {
        refreshing = null;
      });
    return refreshing;
  }

  async function logout() {
    await refreshing?.catch(noop); // so that the last word about the cookies is logout's
    const answer = await send("POST", AUTH + "logout");
    forget();
    return answer;
  }

  async function send(method, path, body) {
    const exchange = { method, path, body, status: null, ms: 0, answer: null };
    const started = performance.now();
    onExchange(exchange);
    try {
      const response = await fetch(path, {
        method,
        credentials: "same-origin",
        cache: "no-store",
        headers: body === undefined ? {} : { "Content-Type": "application/json" },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      exchange.status = response.status;
      exchange.answer = await response.json().catch(() => null);
    } catch {
      exchange.status = 0;
    }
    exchange.ms = Math.round(performance.now() - started);
    onExchange(exchange);

    const { status, answer } = exchange;
    if (status === 0) throw new ApiError({ status, code: "no_answer", message: "The server could not be reached." });
    if (status < 200 || status > 299 || !answer) {
      throw new ApiError({ code: "unexpected_answer", message: "Unexpected answer", ...answer, status });
    }
    remember(answer.data);
    return answer;
  }

  function remember(data) {
    if (!data?.accessTokenExpiresAt) return;
    store(KEYS.access, data.accessTokenExpiresAt);
    store(KEYS.refresh, data.refreshTokenExpiresAt);
    onExpiry({ elsewhere: false });
  }

  function forget() {
    store(KEYS.access, null);
    store(KEYS.refresh, null);
    onExpiry({ elsewhere: false });
  }

  function signedOut(error) {
    forget();
    onSignedOut(error);
  }

  window.addEventListener("storage", (event) => {
    if (event.key === KEYS.refresh || event.key === null) onExpiry({ elsewhere: true });
  });

  return {
    request,
    refresh,
    logout,
    register: (fields) => request("POST", AUTH + "register", fields),
    login: (fields) => request("POST", AUTH + "login", fields),
    /** Milliseconds since 1970 at which each cookie ends, or null. */
    expiry: () => ({ access: time(KEYS.access), refresh: time(KEYS.refresh) }),
    /** Whether a refresh can succeed; false for a visitor who never signed in here. */
    mayRefresh: () => time(KEYS.refresh) > Date.now(),
  };
}

function noop() {}

// Storage can be blocked by the browser's settings; then the times are kept for this page only.
const fallback = new Map();

function store(key, value) {
  if (value === null) fallback.delete(key);
  else fallback.set(key, value);
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {}
}

function time(key) {
  let value;
  try {
    value = localStorage.getItem(key);
  } catch {
    value = fallback.get(key);
  }
  return Date.parse(value ?? "") || null;
}
