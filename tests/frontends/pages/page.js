// What the pages share: a sign-in, and what the test calls.
import { client } from "../recipes/client.js";

export { client };
export const email = "ada@example.com";
export const password = new URLSearchParams(location.search).get("password");
export const signIn = () => client.api.login({ email, password });

/** Lets the test call each step by its name. Its text becomes the page's title. */
export function ready(steps) {
  for (const [name, step] of Object.entries(steps)) {
    window[name] = async () => {
      document.title = "working";
      document.title = await step().catch((error) => `${error.name} ${error.code ?? error.message}`);
    };
  }
  document.title = "ready";
}

/** Moves the clock of the page. */
export function later(minutes) {
  const now = Date.now;
  Date.now = () => now() + minutes * 60_000;
}

/** What a page of a framework lets the test do, once it shows who is signed in. */
export async function framework() {
  while (document.querySelector("#who")?.textContent !== "Ada Lovelace") await new Promise((done) => setTimeout(done, 5));
  ready({
    load: async () => (await client.session.refetch()).data.fullName,
    leave: async () => (await client.api.logout()).message,
  });
}
