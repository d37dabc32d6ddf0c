// A client for browsers. Copy this file into your frontend.
//
// Both tokens are in HttpOnly cookies: the browser sends them, script cannot read
// them. This client refreshes them when needed:
//
//   const api = createClient({ onSignedOut: () => showSignIn() });
//   await api.login({ email, password });
//   const { data: user } = await api.request("GET", "/api/v1/users/current-user");

const AUTH = "/api/v1/auth/";
const REFRESH = AUTH + "refresh-token";

// A browser deletes the access cookie when it expires, so an expired token usually
// shows as a missing one.
const RENEWABLE = new Set(["missing_token", "token_expired"]);

// All that is kept in localStorage: two times, no token.
const KEYS = { access: "sallyport.accessTokenExpiresAt", refresh: "sallyport.refreshTokenExpiresAt" };

/** An answer that is not a success. status 0: there was no answer. */
export class ApiError extends Error {
  constructor({ status, code, message, errors = [], requestId = "" }) {
    super(message);
    this.name = "ApiError";
    Object.assign(this, { status, code, errors, requestId });
  }
}

/**
 * onExchange(exchange)  when a request is sent (status null), and when it is answered
 * onExpiry({elsewhere}) when the expiry times change; elsewhere: in another tab
 * onRenewed()           after a refresh because a request needed it
 * onSignedOut(error)    when the session has ended and the user must sign in again
 */
export function createClient({ onExchange = noop, onExpiry = noop, onRenewed = noop, onSignedOut = noop } = {}) {
  let refreshing = null; // the refresh that all parallel 401s wait for
  let renewals = 0;

  /** Sends a request and returns the envelope of the answer. Refreshes an expired access token once. */
  async function request(method, path, body, { renew = true } = {}) {
    const seen = renewals;
    try {
      return await send(method, path, body);
    } catch (error) {
      if (error.status !== 401 || path.startsWith(AUTH)) throw error;
      if (error.code === "session_ended") signedOut(error);
      if (!renew || !RENEWABLE.has(error.code)) throw error;
      // Another request may have renewed the token in the meantime.
      if (seen === renewals) {
        await refresh();
        onRenewed();
      }
      return send(method, path, body);
    }
  }

  /** Renews both cookies. Parallel calls share one request. */
  function refresh() {
    refreshing ??= send("POST", REFRESH)
      .then((answer) => {
        renewals++;
        return answer;
      })
      .catch((error) => {
        // Only a 401 ends the session; a failed connection or a 503 does not.
        if (error.status === 401) signedOut(error);
        throw error;
      })
      .finally(() => {
        refreshing = null;
      });
    return refreshing;
  }

  async function logout() {
    await refreshing?.catch(noop); // so that its answer cannot set the cookies after logout deleted them
    const answer = await send("POST", AUTH + "logout");
    clearExpiry();
    return answer;
  }

  /** Ends the account. Its cookies are cleared. */
  async function deleteAccount(password) {
    const answer = await request("DELETE", "/api/v1/users/current-user", { password });
    clearExpiry();
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
        ...encoded(body),
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
    storeExpiry(answer.data);
    return answer;
  }

  function storeExpiry(data) {
    if (!data?.accessTokenExpiresAt) return;
    store(KEYS.access, data.accessTokenExpiresAt);
    store(KEYS.refresh, data.refreshTokenExpiresAt);
    onExpiry({ elsewhere: false });
  }

  function clearExpiry() {
    store(KEYS.access, null);
    store(KEYS.refresh, null);
    onExpiry({ elsewhere: false });
  }

  function signedOut(error) {
    clearExpiry();
    onSignedOut(error);
  }

  window.addEventListener("storage", (event) => {
    if (event.key === KEYS.refresh || event.key === null) onExpiry({ elsewhere: true });
  });

  return {
    request,
    refresh,
    logout,
    deleteAccount,
    register: (fields) => request("POST", AUTH + "register", fields),
    login: (fields) => request("POST", AUTH + "login", fields),
    /** When each cookie expires, in milliseconds since 1970; null if unknown. */
    expiry: () => ({ access: time(KEYS.access), refresh: time(KEYS.refresh) }),
    /** Whether a refresh can succeed; false for a visitor who has not signed in here. */
    mayRefresh: () => time(KEYS.refresh) > Date.now(),
  };
}

function noop() {}

// A FormData is sent as it is: the browser sets its type.
function encoded(body) {
  if (body === undefined || body instanceof FormData) return { body };
  return { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

// Used if the browser's settings block storage: the times are then kept until the page is closed.
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
