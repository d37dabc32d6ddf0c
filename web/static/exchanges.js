// Every request of this page and its answer.

const AUTH = "/api/v1/auth/";
const RENEWABLE = new Set(["missing_token", "token_expired"]);

/** Sends requests, and calls changed(exchange) when one is sent and when it is answered. */
export class Exchanges {
  #changed;
  #client = null; // knows when the cookies expire
  #withheld = 0; // so many requests go without cookies

  constructor(changed) {
    this.#changed = changed;
  }

  watch(client) {
    this.#client = client;
  }

  /** The next n requests that carry an access token go without it. */
  withholdAccess(n) {
    this.#withheld = n;
  }

  /** A fetch whose requests are shown as those of this device. */
  fetchOf(device) {
    return (target, init = {}) => this.#send(device, target, init);
  }

  async #send(device, target, init) {
    const { pathname, search } = new URL(target, location.href);
    const browser = device === "browser";
    const withheld = browser && !pathname.startsWith(AUTH) && this.#withheld > 0;
    if (withheld) this.#withheld--;
    const exchange = {
      device, withheld, method: init.method ?? "GET", path: pathname + search, at: new Date(),
      headers: [...new Headers(init.headers)], body: bodyOf(init.body),
      carried: browser && !withheld ? this.#carried(pathname) : [], status: null, ms: 0, answer: null, renewable: false,
    };
    const started = performance.now();
    this.#changed(exchange);
    try {
      const response = await fetch(target, { cache: "no-store", ...init, ...(withheld && { credentials: "omit" }) });
      exchange.answer = await response.clone().json().catch(() => null);
      exchange.status = response.status;
      exchange.renewable = browser && response.status === 401 && RENEWABLE.has(exchange.answer?.code) && this.#client.mayBeSignedIn();
      return response;
    } catch (error) {
      exchange.status = 0;
      throw error;
    } finally {
      exchange.ms = Math.round(performance.now() - started);
      this.#changed(exchange);
    }
  }

  /** The cookies that a browser sends to this path, by the contract. */
  #carried(path) {
    const { access, refresh } = this.#client.times();
    const names = [];
    if (access > Date.now()) names.push("accessToken");
    if (refresh > Date.now() && path.startsWith(AUTH)) names.push("refreshToken");
    return names;
  }
}

function bodyOf(body) {
  if (body instanceof FormData) return `a form with ${[...body.keys()].join(", ")}`;
  return body === undefined ? null : JSON.parse(body);
}

const SECRETS = new Set(["password", "oldPassword", "newPassword", "token"]);
const TOKENS = new Set(["accessToken", "refreshToken"]);

/** The last characters of a token: enough to tell two apart, and too few to use one. */
export const tail = (token) => `…${token.slice(-6)}`;

/** The value as JSON, with secrets masked. */
export function masked(value, indent) {
  return JSON.stringify(value, (key, v) => {
    if (typeof v !== "string") return v;
    return SECRETS.has(key) ? "••••••••" : TOKENS.has(key) ? `••••${tail(v)}` : v;
  }, indent);
}

/** The request as a command of curl. */
export function asCurl({ method, path, headers, body }) {
  const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
  const words = ["curl -b jar -c jar"];
  if (method !== "GET") words.push(`-X ${method}`);
  for (const [name, value] of headers) words.push(`-H ${quoted(`${name}: ${name === "authorization" ? "Bearer ••••" : value}`)}`);
  if (typeof body === "string") words.push("-F field=@file");
  else if (body) words.push(`-d ${quoted(masked(body))}`);
  return [...words, quoted(location.origin + path)].join(" ");
}
