// A second device of the same person, with its tokens in bodies: this page then has
// tokens to show. It sends no cookie, so that the session of the browser stays apart.
import { ApiError } from "/client.js";
import { withPassword } from "./person.js";

/** Signs the second device in. Returns its tokens; undefined if the person cancels. */
export function signInSecond(fetch, email) {
  return withPassword(email, async (password) => {
    const { status, answer } = await ask(fetch, "/api/v1/auth/login", { body: { email, password, transport: "body" } });
    if (status !== 200) throw new ApiError(answer.code, { ...answer, status });
    return answer.data;
  });
}

/** Exchanges the refresh token. A refusal is an answer too: {status, answer}. */
export const refreshWith = (fetch, { refreshToken }) => ask(fetch, "/api/v1/auth/refresh-token", { body: { refreshToken } });

/** Asks who is signed in. */
export const currentUserWith = (fetch, { accessToken }) => ask(fetch, "/api/v1/users/current-user", { accessToken });

/** Ends the session of these tokens. */
export const signOutWith = (fetch, { refreshToken }) => ask(fetch, "/api/v1/auth/logout", { body: { refreshToken } });

async function ask(fetch, path, { body, accessToken }) {
  const headers = { ...(body && { "Content-Type": "application/json" }), ...(accessToken && { Authorization: `Bearer ${accessToken}` }) };
  const init = { method: body ? "POST" : "GET", credentials: "omit", headers, ...(body && { body: JSON.stringify(body) }) };
  try {
    const response = await fetch(path, init);
    return { status: response.status, answer: await response.json() };
  } catch {
    throw new ApiError("network_error");
  }
}
