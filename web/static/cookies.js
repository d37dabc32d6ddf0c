// What an answer does to the two cookies, by the contract: no script sees it.

const ATTRIBUTES = {
  accessToken: "Path=/; HttpOnly; Secure; SameSite=Lax",
  refreshToken: "Path=/api/v1/auth; HttpOnly; Secure; SameSite=Strict",
};
const ENDING = ["POST /api/v1/auth/logout", "DELETE /api/v1/users/current-user", "DELETE /api/v1/users/sessions?all=true"];

/** The cookies that the answer of an exchange sets or clears. */
export function cookiesSet({ device, method, path, carried, status, answer }) {
  if (device !== "browser" || !answer) return [];
  const data = answer.data ?? {};
  if (data.accessTokenExpiresIn) {
    return [line("accessToken", data.accessTokenExpiresIn), line("refreshToken", data.refreshTokenExpiresIn)];
  }
  const ended = status === 200 && ENDING.includes(`${method} ${path}`);
  const refused = status === 401 && path === "/api/v1/auth/refresh-token" && carried.includes("refreshToken");
  return ended || refused ? [line("accessToken", 0), line("refreshToken", 0)] : [];
}

function line(name, age) {
  return `${name}=${age ? "••••" : ""}; Max-Age=${age}; ${ATTRIBUTES[name]}`;
}
