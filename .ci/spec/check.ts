// Uses of the types that openapi-typescript makes from openapi.yaml. It is
// compiled and never run. The line under @ts-expect-error must not compile: if
// it does, the compiler reports the comment.
import type { components, operations } from "./client/api.js";
import { ApiError, createClient, type Client, type Tokens, type User } from "./client/sallyport.js";

type Schemas = components["schemas"];

type Body<T> = T extends { content: infer C } ? C[keyof C] : never;
type RequestOf<O extends keyof operations> = Body<NonNullable<operations[O]["requestBody"]>>;
type Responses<O extends keyof operations> = operations[O]["responses"];
type AnswerOf<O extends keyof operations, Status extends keyof Responses<O> = keyof Responses<O>> = Body<Responses<O>[Status]>;

// Sign-in: an email or a username, with a password.

export const byEmail: RequestOf<"login"> = { email: "ada@example.com", password: "engine-no-1-plan" };
export const byUsername: RequestOf<"login"> = { username: "ada", password: "engine-no-1-plan" };
export const byEither: RequestOf<"login"> = { email: "", username: "ada", password: "engine-no-1-plan", transport: "body" };

// @ts-expect-error: no password
export const noPassword: RequestOf<"login"> = { email: "ada@example.com" };
// @ts-expect-error: neither email nor username
export const nobody: RequestOf<"login"> = { password: "engine-no-1-plan" };
// @ts-expect-error: the password is a number
export const wrongType: RequestOf<"login"> = { email: "ada@example.com", password: 1815 };
// @ts-expect-error: the username is a number, and the email is there
export const wrongOther: RequestOf<"login"> = { email: "ada@example.com", username: 1815, password: "engine-no-1-plan" };
// @ts-expect-error: no such transport
export const wrongTransport: RequestOf<"login"> = { username: "ada", password: "engine-no-1-plan", transport: "header" };
// @ts-expect-error: no such field
export const unknownField: RequestOf<"login"> = { username: "ada", password: "engine-no-1-plan", remember: true };

// The other bodies.

export const ada: RequestOf<"register"> = { fullName: "Ada Lovelace", username: "ada", email: "ada@example.com", password: "engine-no-1-plan" };
export const change: RequestOf<"changePassword"> = { oldPassword: "engine-no-1-plan", newPassword: "engine-no-2-plan" };
export const byCookie: RequestOf<"refreshToken"> = {};
export const byBody: RequestOf<"logout"> = { refreshToken: "a.b.c" };
export const link: RequestOf<"verifyEmail"> = { token: "x" };
export const recovery: RequestOf<"resetPassword"> = { token: "x", newPassword: "engine-no-2-plan" };
export const profile: RequestOf<"updateAccount"> = { fullName: null, locale: "de" };
export const page: NonNullable<operations["listActivity"]["parameters"]["query"]> = { limit: 5, before: "x" };
export const everywhere: NonNullable<operations["endSessions"]["parameters"]["query"]> = { all: true };

// @ts-expect-error: no email
export const noEmail: RequestOf<"register"> = { fullName: "Ada Lovelace", username: "ada", password: "engine-no-1-plan" };
// @ts-expect-error: the new password is missing
export const noNew: RequestOf<"changePassword"> = { oldPassword: "engine-no-1-plan" };
// @ts-expect-error: no password that would prove it
export const unproven: RequestOf<"changeEmail"> = { email: "ada@new.example" };
// @ts-expect-error: the token is a number
export const wrongToken: RequestOf<"refreshToken"> = { refreshToken: 1815 };
// @ts-expect-error: the flag is text
export const wrongFlag: NonNullable<operations["endSessions"]["parameters"]["query"]> = { all: "true" };

// Answers: `success` tells an answer with data from a refusal, `code` tells the
// refusals apart.

export function userID(answer: AnswerOf<"login">): string {
  if (answer.success) return answer.data.user.id;
  if (answer.code === "validation_failed") return answer.errors.map((e) => e.field + " " + e.message).join();
  // @ts-expect-error: a sign-in never answers this
  if (answer.code === "email_taken") return "";
  // @ts-expect-error: a refusal has no data
  return answer.data.user.id;
}

export function accessToken(answer: AnswerOf<"login", 200>): string | undefined {
  // @ts-expect-error: the token is only there with "transport": "body"
  answer.data.accessToken;
  return "accessToken" in answer.data ? answer.data.accessToken : undefined;
}

export function signedOut(refusal: AnswerOf<"refreshToken", 400 | 401 | 429>): boolean {
  switch (refusal.code) {
    case "missing_token":
    case "invalid_token":
    case "token_expired":
    case "session_ended":
    case "token_reused":
      return refusal.statusCode === 401;
    case "ambiguous_cookie":
    case "malformed_json":
    case "rate_limited":
      return false;
    default:
      return refusal satisfies never; // no other code
  }
}

export function needsNewLink(refusal: AnswerOf<"resetPassword", 400>): boolean {
  switch (refusal.code) {
    case "link_invalid":
    case "link_expired":
      return true;
    case "validation_failed":
    case "malformed_json":
      return false;
    default:
      return refusal satisfies never; // no other code
  }
}

export const signedUp = (answer: AnswerOf<"register", 201>): boolean => "accessTokenExpiresAt" in answer.data;
export const waits = (refusal: AnswerOf<"login", 403>): boolean => refusal.code === "email_not_verified";
export const older = (answer: AnswerOf<"listActivity", 200>): string => answer.data.activity.map((e) => e.event).join() + answer.data.next;
export const devices = (answer: AnswerOf<"listSessions", 200>): string[] => answer.data.map((session) => session.device);
export const ended = (answer: AnswerOf<"endSessions", 200>): number => answer.data.ended;
export const until = (answer: AnswerOf<"refreshToken", 200>): string => answer.data.accessTokenExpiresAt;

// Every body of every operation has a type, and so has everything in it.

type IsHole<T> = [T] extends [never] ? true : unknown extends T ? true : HasHole<T>;
type HasHole<T> =
  T extends string | number | boolean | null ? false
  : [T, Schemas["EmptyAnswer"]] extends [Schemas["EmptyAnswer"], T] ? false // the one whose data is empty
  : T extends readonly (infer Item)[] ? IsHole<Item>
  : { [K in keyof T]-?: IsHole<T[K]> }[keyof T];

type Media<T> = T extends { content: infer C } ? { [M in keyof C]: true extends IsHole<C[M]> ? M : never }[keyof C] : never;
type Holes = {
  [O in keyof operations]:
    | (Media<NonNullable<operations[O]["requestBody"]>> extends never ? never : [O, "requestBody"])
    | { [S in keyof Responses<O>]: Media<Responses<O>[S]> extends never ? never : [O, S] }[keyof Responses<O>];
}[keyof operations];

export const everyBodyHasAType: [Holes] extends [never] ? true : Holes = true;

// The client's calls have the types of their operations.

export const client: Client = createClient({ baseUrl: "http://localhost:8080", renewBefore: 60_000 });

export async function useClient(form: FormData): Promise<string> {
  const user: User = (await client.api.login({ email: "ada@example.com", password: "engine-no-1-plan" })).data.user;
  await client.api.register({ fullName: "Ada Lovelace", username: "ada", email: "ada@example.com", password: "engine-no-1-plan" });
  await client.api.register(form);
  await client.api.setAvatar(form);
  await client.api.endSession({ id: "x" });
  const { ended } = (await client.api.endSessions({ all: true })).data;
  const next: string = (await client.api.listActivity({ limit: 5 })).data.next;
  await client.api.listActivity();
  await client.api.logout();
  client.on("signedOut", ({ reason, elsewhere }) => console.log(reason.length, elsewhere === true));
  const leave = client.session.subscribe(({ status, data, error }) => console.log(status === "signedIn", data?.fullName, error?.retryAfter));
  leave();
  return user.id + next + ended + (await client.fetch("/api/v1/users/current-user")).status;
}

export async function misuse(): Promise<void> {
  // @ts-expect-error: no password
  await client.api.login({ email: "ada@example.com" });
  // @ts-expect-error: the picture is a form
  await client.api.setAvatar({ avatar: "x" });
  // @ts-expect-error: no id
  await client.api.endSession();
  // @ts-expect-error: no such call
  await client.api.docs();
  // @ts-expect-error: no call of administrators
  await client.api.adminListUsers();
  // @ts-expect-error: no such event
  client.on("expired", () => {});
}

export const kept: { get(): Tokens | null; set(tokens: Tokens | null): void } = { get: () => null, set: () => {} };
export const isRefusal = (error: unknown): boolean => error instanceof ApiError && error.code === "network_error";
