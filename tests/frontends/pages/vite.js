import { createClient } from "../recipes/sallyport.js";

const query = new URLSearchParams(location.search);
const client = createClient({ baseUrl: query.get("base") });

await client.api.login({ email: "ada@example.com", password: query.get("password") });
window.load = async () => {
  document.title = "working";
  document.title = (await client.api.currentUser()).data.fullName;
};
document.title = "ready";
