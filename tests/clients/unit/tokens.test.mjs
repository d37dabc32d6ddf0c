import assert from "node:assert/strict";
import test from "node:test";
import { World, envelope, outcome, refusal } from "./world.mjs";

const ME = "/api/v1/users/current-user";
const tokens = (n) => ({ accessToken: "access" + n, refreshToken: "refresh" + n });

/** A program that keeps its tokens, and an API that answers with the tokens of the number. */
function program(t, held = null, answer = {}) {
  const world = new World(t, { page: false });
  const kept = [];
  const give = (n) => envelope(200, { ...tokens(n), accessTokenExpiresIn: 900, refreshTokenExpiresIn: 604800, ...answer });
  const client = world.client({
    baseUrl: "https://api.test",
    tokens: {
      get: async () => held,
      set: async (next) => void kept.push((held = next)),
    },
  });
  return { world, client, kept, give };
}

test("tokens are asked for in the body, stored, rotated and removed at sign-out", async (t) => {
  const { world, client, kept, give } = program(t);
  world.script("login", () => give(1));
  world.script("refresh-token", () => give(2));
  world.script("current-user", () => refusal(401, "token_expired"), () => envelope(200, {}));
  await client.api.login({ email: "a", password: "b" });
  assert.equal((await client.fetch(ME)).status, 200);
  await client.api.logout();
  assert.deepEqual(kept, [tokens(1), tokens(2), null]);
  assert.equal(JSON.parse(world.calls[0].body).transport, "body");
  assert.equal(JSON.parse(world.calls[2].body).refreshToken, "refresh1");
  assert.deepEqual(world.calls.map(({ headers }) => headers.get("Authorization")), [null, "Bearer access1", "Bearer access1", "Bearer access2", "Bearer access2"]);
  assert.deepEqual([...new Set(world.calls.map(({ init }) => init.credentials))], ["omit"]);
});

test("a form asks for tokens in the body too", async (t) => {
  const { world, client, give } = program(t);
  world.script("register", () => give(1));
  const form = new FormData();
  form.set("username", "ada");
  await client.api.register(form);
  assert.equal(world.calls[0].body.get("transport"), "body");
});

test("tokens that are there at the start are used and renewed once", async (t) => {
  const { world, client, kept, give } = program(t, tokens(1));
  world.script("refresh-token", () => give(2));
  world.script("current-user", ...Array(3).fill(() => refusal(401, "token_expired")), ...Array(3).fill(() => envelope(200, {})));
  const answers = await Promise.all([client.fetch(ME), client.fetch(ME), client.fetch(ME)]);
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200]);
  assert.deepEqual(kept, [tokens(2)]);
  assert.equal(world.count("refresh-token"), 1);
  assert.equal(client.mayBeSignedIn(), true);
});

test("a refused refresh removes the tokens, a lost one keeps them", async (t) => {
  const { world, client, kept } = program(t, tokens(1));
  world.script("refresh-token", () => { throw new TypeError("lost"); }, () => refusal(401, "token_reused"));
  assert.equal((await outcome(client.refresh())).error.code, "network_error");
  assert.deepEqual(kept, []);
  assert.equal((await outcome(client.refresh())).error.code, "token_reused");
  assert.deepEqual(kept, [null]);
});

test("a token goes to no other origin", async (t) => {
  const { world, client } = program(t, tokens(1));
  for (const url of ["https://api.test.evil.test/x", "https://evil.test/x", "http://api.test/x"]) await client.fetch(url);
  assert.deepEqual(world.calls.map(({ headers }) => headers.get("Authorization")), [null, null, null]);
});

test("a program has no timer left after its calls", async (t) => {
  const { world, client, give } = program(t, tokens(1));
  world.script("refresh-token", () => give(2));
  world.script("current-user", () => envelope(200, {}));
  await client.fetch(ME);
  await client.refresh();
  assert.equal(world.timers.size, 0);
});
