import { loadAccount, signIn } from "../recipes/account.js";
import { client, email, password, ready } from "./page.js";

await signIn(email, password);
ready({
  load: async () => (await loadAccount()).fullName,
  leave: async () => {
    await client.api.logout();
    return document.title; // what the listener has made it
  },
});
