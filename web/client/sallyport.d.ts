import type { components, operations } from "./api";

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

type Of<T, K extends string> = T extends { [P in K]?: infer V } ? V : never;
type Content<T> = NonNullable<T> extends { content: infer C } ? C : never;
type Json<T> = Of<Content<T>, "application/json">;
type Parameters<O> = Of<O, "parameters">;
type Body<O> = [Json<Of<O, "requestBody">>] extends [never] ? {} : Json<Of<O, "requestBody">>;
type Form<O> = "multipart/form-data" extends keyof Content<Of<O, "requestBody">> ? FormData : never;
type Fields<O> = (Json<Of<O, "requestBody">> extends never ? {} : Body<O>) & NonNullable<Of<Parameters<O>, "path">> & NonNullable<Of<Parameters<O>, "query">>;
