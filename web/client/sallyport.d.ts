import type { components, operations } from "./api.js";

/** A person as the API shows them. */
export type User = components["schemas"]["User"];

/** A refusal, or no answer at all. */
export class ApiError extends Error {
  /** The HTTP status; 0 where there was no answer that could be read. */
  status: number;
  /** The API's code, such as "invalid_credentials", or one of {@link ClientCode}. */
  code: string;
  /** What is wrong with which field. */
  errors: { field: string; message: string }[];
  requestId: string;
  /** Seconds after which the request may be sent again; 0 where the server did not say. */
  retryAfter: number;
}

/** Codes that the client itself gives. */
export type ClientCode =
  | "network_error" // no answer, or one that another origin may not read; the session goes on
  | "timeout" // the refresh took longer than Options.timeout; the session goes on
  | "unexpected_answer" // not the API's JSON: a captive portal, a proxy's HTML page
  | "body_not_repeatable" // the access token had expired and the body was a stream that is spent
  | "cookies_blocked" // signed in, and the browser kept no cookie
  | "unsupported_context" // the same in a frame of another site
  | "disposed";

export interface Options {
  /** Where the API is: "" for the page's own origin, "http://localhost:8080", or a path such as "/backend". */
  baseUrl?: string;
  /** What sends the requests; globalThis.fetch where it is not set. */
  fetch?: typeof globalThis.fetch;
  /** Keeps the tokens where there are no cookies: a mobile app, a program. Never in a browser. */
  tokens?: TokenStore;
  /** Headers for each request, made anew when it is repeated. */
  headers?: () => HeadersInit;
  /** How long before its expiry the access token is renewed, in milliseconds: 60,000, and at most a third of its life. */
  renewBefore?: number;
  /** How long a refresh may take, in milliseconds, with all waiting: 10,000. */
  timeout?: number;
}

export interface Tokens {
  accessToken: string;
  refreshToken: string;
}

export interface TokenStore {
  get(): Tokens | null | Promise<Tokens | null>;
  /** null: signed out. */
  set(tokens: Tokens | null): void | Promise<void>;
}

export interface Events {
  /** Somebody has signed in, perhaps another person than before. elsewhere: in another tab. */
  signedIn: { elsewhere: boolean };
  refreshed: { elsewhere: boolean };
  /** reason: "signed_out", or the code of the refusal: "session_ended", "token_reused", "token_expired", "cookies_blocked"… */
  signedOut: { reason: string; elsewhere: boolean };
}

/** What is known of the session. The object is replaced when something changes, and never altered. */
export interface SessionState {
  /** "unknown" until the API was asked, and always on a server. */
  readonly status: "unknown" | "signedIn" | "signedOut";
  readonly data: User | null;
  readonly isPending: boolean;
  readonly error: ApiError | null;
  /** Why the session has ended; "" where it did not. */
  readonly reason: string;
}

export interface Session {
  /** Calls run now and after each change, until the function that it returns is called. The first one asks the API who is signed in. */
  subscribe(run: (state: SessionState) => void): () => void;
  get(): SessionState;
  /** The constant first state, for rendering on a server and for hydration. */
  initial(): SessionState;
  /** Asks the API again. It never rejects: look at error. */
  refetch(): Promise<SessionState>;
}

// From here on: one typed call for each operation of openapi.yaml.

type Json<T> = T extends { content: { "application/json": infer B } } ? B : never;
type Part<T, K extends string> = T extends { [P in K]?: infer V } ? NonNullable<V> : never;
type Filled<T> = [T] extends [never] ? {} : T;
type Body<O> = Part<O, "requestBody">;
type TakesForm<O> = Body<O> extends { content: infer C } ? ("multipart/form-data" extends keyof C ? FormData : never) : never;
type Fields<O> = Filled<Json<Body<O>>> & Filled<Part<Part<O, "parameters">, "path">> & Filled<Part<Part<O, "parameters">, "query">>;
type Answer<O> = O extends { responses: infer R } ? Json<R[keyof R & (200 | 201)]> : never;
type Values<O> = [Json<Body<O>>] extends [never] ? ([TakesForm<O>] extends [never] ? Fields<O> : TakesForm<O>) : Fields<O> | TakesForm<O>;
type Call<O> = {} extends Values<O> ? (values?: Values<O>) => Promise<Answer<O>> : (values: Values<O>) => Promise<Answer<O>>;
type Answering = { [K in keyof operations]: [Answer<operations[K]>] extends [never] ? never : K }[Exclude<keyof operations, `admin${string}`>]; // call those with client.fetch

/** Returns the envelope of the answer: `const { data } = await client.api.currentUser()`. Throws an {@link ApiError}. */
export type Api = { [K in Answering]: Call<operations[K]> };

export interface Client {
  /**
   * fetch with the session's tokens; a path that begins with "/" is under baseUrl. After a
   * 401 that a refresh can mend, the request is sent once more. Where that cannot be, it
   * rejects with an {@link ApiError}; a session that is over is the API's own 401.
   */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  api: Api;
  /** Renews the tokens now. Parallel calls, of other tabs too, share one request. */
  refresh(): Promise<void>;
  /** Renews the tokens where the access token ends soon. Call it before an <img>, a download, an EventSource or a WebSocket. */
  ensureFresh(): Promise<void>;
  /** Whether somebody has signed in here and not out. */
  mayBeSignedIn(): boolean;
  /** When the tokens expire, in milliseconds since 1970 by this computer's clock; null where it is not known. */
  times(): { access: number | null; refresh: number | null };
  session: Session;
  /** Calls the listener for this tab and for the others; returns what removes it. */
  on<T extends keyof Events>(type: T, listener: (event: Events[T]) => void): () => void;
  /** Stops all timers and listeners. Later requests are refused. */
  dispose(): void;
}

export function createClient(options?: Options): Client;
