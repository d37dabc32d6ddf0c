// An app that keeps its tokens itself: node mobile.cjs FOLDER API PASSWORD. It signs in,
// lets the access token expire, sends ten requests at the same time, and signs out.
const { pathToFileURL } = require("node:url");

const [folder, api, password] = process.argv.slice(2);
const stored = new Map();
const storage = {
  getItemAsync: async (name) => stored.get(name) ?? null,
  setItemAsync: async (name, value) => void stored.set(name, value),
  deleteItemAsync: async (name) => void stored.delete(name),
};

async function main() {
  const { mobileClient } = await import(pathToFileURL(folder + "/recipes/mobile.js"));
  const client = mobileClient(api, storage);
  await client.api.login({ email: "ada@example.com", password });
  await fetch(api + "/expire");
  const answers = await Promise.all(Array.from({ length: 10 }, () => client.fetch("/api/v1/users/current-user")));
  await client.api.logout();
  console.log(`${answers.map(({ status }) => status).join(" ")}, then ${stored.size ? "tokens are" : "nothing is"} stored`);
}

main();
