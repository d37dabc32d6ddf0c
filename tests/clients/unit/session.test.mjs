import assert from "node:assert/strict";
import test from "node:test";
import { World, envelope, networkError, refusal, settle } from "./world.mjs";

const ME = "/api/v1/users/current-user";

/** The states that a subscriber is given, in short. */
const watch = (client) => {
  const states = [];
  const stop = client.session.subscribe(({ status, data, isPending, error, reason }) => {
    states.push([status, data?.username, isPending && "pending", error?.code, reason].filter(Boolean).join(" "));
  });
  return { states, stop };
};

test("many subscribers share one load, and each is called at once", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  const watches = [watch(client), watch(client), watch(client)];
  assert.deepEqual(watches.map(({ states }) => states), Array(3).fill(["unknown pending"]));
  await settle();
  assert.deepEqual(watches.map(({ states }) => states), Array(3).fill(["unknown pending", "signedIn ada"]));
  assert.equal(world.count("current-user"), 1);
});

test("mounted, unmounted and mounted again, it loads once", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  watch(client).stop();
  const { states } = watch(client);
  await settle();
  assert.deepEqual(states, ["unknown pending", "signedIn ada"]);
  assert.equal(world.count("current-user"), 1);
});

test("a visitor is signed out, without a reason", async (t) => {
  const world = new World(t);
  const { states } = watch(world.client());
  await settle();
  assert.deepEqual(states, ["unknown pending", "signedOut"]);
  assert.deepEqual(world.steps(), ["GET current-user"]);
});

test("sign-in, sign-out and its reason arrive", async (t) => {
  const world = new World(t);
  const client = world.client();
  const { states } = watch(client);
  await settle();
  await client.api.login({ email: "a", password: "b" });
  await settle();
  world.script("notes", () => refusal(401, "session_ended"));
  await client.fetch("/api/v1/notes");
  assert.deepEqual(states.slice(2), ["signedIn ada", "signedOut session_ended"]);
});

test("a sign-in while nobody is subscribed is known to the next subscriber", async (t) => {
  const world = new World(t);
  const client = world.client();
  const first = watch(client);
  await settle();
  first.stop();
  await client.api.login({ email: "a", password: "b" });
  const { states } = watch(client);
  await settle();
  assert.equal(states.at(-1), "signedIn ada");
});

test("an answer that is overtaken is dropped", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  const release = world.hold("current-user", () => envelope(200, { username: "old" }));
  const { states } = watch(client);
  await client.session.refetch();
  await release();
  assert.deepEqual(states, ["unknown pending", "signedIn ada"]);
});

test("an answer from before the sign-out is dropped", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  const release = world.hold("current-user", () => envelope(200, { username: "ada" }));
  const { states } = watch(client);
  await settle();
  await client.api.logout();
  await release();
  assert.deepEqual(states, ["unknown pending", "signedOut signed_out"]);
});

test("a network error keeps what is known, and the next answer clears it", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  const { states } = watch(client);
  await settle();
  world.script("current-user", networkError);
  await client.session.refetch();
  await client.session.refetch();
  assert.deepEqual(states.slice(1), ["signedIn ada", "signedIn ada network_error", "signedIn ada"]);
});

test("a person signed in by other means is found, and told of", async (t) => {
  const world = new World(t);
  const client = world.client();
  const told = world.events(client);
  world.give({});
  assert.equal((await client.fetch(ME)).status, 200);
  world.show("visible");
  await settle();
  assert.deepEqual(told, ["signedIn"]);
  world.expire();
  assert.equal((await client.fetch(ME)).status, 200);
  assert.equal(client.times().refresh > world.now, true);
});

test("the state is replaced only when something changes", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  watch(client);
  await settle();
  const state = client.session.get();
  assert.equal(client.session.get(), state);
  await client.session.refetch();
  assert.notEqual(client.session.get(), state);
});

test("while a server renders there is no timer, no listener, no request and one constant state", async (t) => {
  const world = new World(t, { page: false });
  const listened = [];
  world.set({ addEventListener: (type) => listened.push(type) });
  const client = world.client({ baseUrl: "https://api.test" });
  const { states } = watch(client);
  await settle();
  assert.deepEqual([states, world.steps(), world.timers.size, listened], [["unknown pending"], [], 0, []]);
  assert.equal(client.session.initial(), world.client().session.initial());
  assert.equal(client.session.get(), client.session.initial());
  client.dispose();
});
