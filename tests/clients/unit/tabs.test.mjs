import assert from "node:assert/strict";
import test from "node:test";
import { World, outcome, settle } from "./world.mjs";

const ME = "/api/v1/users/current-user";
const KEY = "sallyport";

const storageEvent = (newValue) => Object.assign(new Event("storage"), { key: KEY, newValue });

test("each tab is told once, and the others that it was elsewhere", async (t) => {
  const world = new World(t);
  const one = world.client();
  const two = world.client();
  const told = [world.events(one), world.events(two)];
  await one.api.login({ email: "a", password: "b" });
  await one.refresh();
  await settle();
  await two.api.logout();
  await settle();
  assert.deepEqual(told[0], ["signedIn", "refreshed", "signedOut signed_out elsewhere"]);
  assert.deepEqual(told[1], ["signedIn elsewhere", "refreshed elsewhere", "signedOut signed_out"]);
});

for (const [why, channel] of [["missing", undefined], ["throwing", class { constructor() { throw new Error("SecurityError"); } }], ["refusing news", class { postMessage() { throw new Error("closed"); } close() {} }]]) {
  test("a BroadcastChannel that is " + why + " leaves the events of storage", async (t) => {
    const world = new World(t, { BroadcastChannel: channel });
    const one = await world.signedIn();
    const two = world.client();
    const told = world.events(two);
    await one.refresh();
    assert.deepEqual(told, []);
    world.window.dispatchEvent(storageEvent(world.stored.get(KEY)));
    assert.deepEqual(told, ["refreshed elsewhere"]);
  });
}

test("a tab that missed the news checks when it is shown", async (t) => {
  const world = new World(t, { BroadcastChannel: undefined });
  const one = await world.signedIn();
  const two = world.client();
  const told = world.events(two);
  await one.api.logout();
  world.show("visible");
  assert.deepEqual(told, ["signedOut signed_out elsewhere"]);
});

test("an echo of its own change is nothing to a tab", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  const told = world.events(client);
  const old = world.stored.get(KEY);
  await client.refresh();
  for (const value of [world.stored.get(KEY), old]) world.window.dispatchEvent(storageEvent(value));
  await settle();
  assert.deepEqual(told, ["refreshed"]);
});

test("an echo that comes before the call is over is still the tab's own", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  const told = world.events(client);
  localStorage.setItem = (key, value) => {
    world.stored.set(key, value);
    queueMicrotask(() => world.window.dispatchEvent(storageEvent(value)));
  };
  await client.refresh();
  assert.deepEqual(told, ["refreshed"]);
});

const broken = {
  getItem() { throw new Error("SecurityError"); },
  setItem() { throw new Error("SecurityError"); },
};
const full = (world) => ({ getItem: (key) => world.stored.get(key) ?? null, setItem() { throw new Error("QuotaExceededError"); } });
for (const [why, storage] of [["throws", () => broken], ["is full", full], ["is missing", () => undefined]]) {
  test("storage that " + why + " is memory", async (t) => {
    const world = new World(t);
    world.set({ localStorage: storage(world) });
    const client = await world.signedIn();
    assert.equal(client.mayBeSignedIn(), true);
    world.expire();
    assert.equal((await client.fetch(ME)).status, 200);
    assert.equal(world.count("refresh-token"), 1);
    await client.api.logout();
    assert.equal(client.mayBeSignedIn(), false);
  });
}

for (const text of ["{", "5", '"x"', "[]", "null", "{}", '{"stamp":1,"count":"x","renew":"soon"}', '{"reason":5}']) {
  test("broken JSON in storage hinders nothing: " + text, async (t) => {
    const world = new World(t);
    world.stored.set(KEY, text);
    const client = world.client();
    client.times();
    await outcome(client.fetch(ME));
    await world.advance(20_000);
    assert.equal(world.count("refresh-token") <= 1, true);
    await client.api.login({ email: "a", password: "b" });
    assert.equal(client.mayBeSignedIn(), true);
    assert.equal((await client.fetch(ME)).status, 200);
    await client.refresh();
    assert.equal(client.times().access, world.now + world.life);
  });
}

test("storage holds no token and no name", async (t) => {
  const world = new World(t);
  await world.signedIn();
  assert.deepEqual([...world.stored.keys()], [KEY]);
  assert.deepEqual(Object.keys(JSON.parse(world.stored.get(KEY))).sort(), ["access", "count", "refresh", "renew", "session", "stamp"]);
});

test("a listener that throws stops no other, and no call", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  const unheard = [];
  const listeners = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", (error) => unheard.push(error.message));
  t.after(() => {
    process.removeAllListeners("unhandledRejection");
    for (const listener of listeners) process.on("unhandledRejection", listener);
  });
  client.on("refreshed", () => { throw new Error("mine"); });
  const told = world.events(client);
  await client.refresh();
  await settle();
  assert.deepEqual([told, unheard], [["refreshed"], ["mine"]]);
});
