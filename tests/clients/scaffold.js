// What each client's page shares: a sign-in, what the client needs for a refresh, and
// ten requests at the same time. The page's title is what came of them.
const AUTH = "/api/v1/auth/";
export const REFRESH = AUTH + "refresh-token";

const query = new URLSearchParams(location.search);
const inBody = query.get("tokens") === "body";
let tokens = {};

/** What a refresh sends: nothing where the tokens are in cookies. */
export const refreshBody = () => (inBody ? { refreshToken: tokens.refreshToken } : undefined);

/** The headers of a request. */
export const headers = () => (inBody ? { Authorization: `Bearer ${tokens.accessToken}` } : {});

/** Keeps the tokens of an answer. */
export const keep = ({ data }) => {
  if (inBody) tokens = data;
};

/** Signs in and lets the test start ten requests. get sends one and returns its status. */
export async function page(get) {
  const body = { email: query.get("email"), password: query.get("password"), ...(inBody && { transport: "body" }) };
  const signIn = await fetch(AUTH + "login", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  keep(await signIn.json());

  // Chromium sends requests of one URL one after the other, so each has its own.
  const one = (n) => get(`/api/v1/users/current-user?n=${n}`).catch((error) => error.response?.status ?? error.status ?? String(error));
  window.ten = async () => {
    document.title = "working";
    document.title = (await Promise.all(Array.from({ length: 10 }, (_, n) => one(n)))).join(" ");
  };
  document.title = `signed in ${signIn.status}`;
}
