import assert from "node:assert/strict";
import test from "node:test";
import { ACCESS, MINUTE, World, networkError, outcome, refusal, settle } from "./world.mjs";

const ME = "/api/v1/users/current-user";
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test("a page in use renews a minute before the end, and once after the last use", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  await client.fetch(ME);
  await world.advance(ACCESS - MINUTE - 1);
  assert.equal(world.count("refresh-token"), 0);
  await world.advance(1);
  assert.equal(world.count("refresh-token"), 1);
  await world.advance(DAY);
  assert.equal(world.count("refresh-token"), 1);
});

test("a life shorter than the margin makes no loop", async (t) => {
  const world = new World(t);
  world.life = 30_000;
  const client = await world.signedIn();
  await client.fetch(ME);
  await world.advance(19_999);
  assert.equal(world.count("refresh-token"), 0);
  await world.advance(HOUR);
  assert.equal(world.count("refresh-token"), 1);
  world.life = 0;
  await client.refresh();
  await world.advance(HOUR);
  assert.equal(world.count("refresh-token"), 2);
});

test("a life over 2^31 ms is not renewed at once", async (t) => {
  const world = new World(t);
  world.life = 60 * DAY;
  const client = await world.signedIn();
  await client.fetch(ME);
  await world.advance(60 * DAY - MINUTE - 1);
  assert.equal(world.count("refresh-token"), 0);
  await world.advance(1);
  assert.equal(world.count("refresh-token"), 1);
});

test("a hidden page renews nothing until it is used", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  await client.fetch(ME);
  world.show("hidden");
  await world.advance(DAY);
  assert.equal(world.count("refresh-token"), 0);
  assert.equal((await client.fetch(ME)).status, 200);
  assert.equal(world.count("refresh-token"), 1);
});

test("offline pauses without spinning, and tries once when it is back", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  await client.fetch(ME);
  navigator.onLine = false;
  await world.advance(HOUR);
  assert.equal(world.count("refresh-token"), 0);
  navigator.onLine = true;
  world.window.dispatchEvent(new Event("online"));
  await world.advance(2_000);
  assert.equal(world.count("refresh-token"), 1);
});

test("a renewal that fails is not tried again until the page wakes", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  await client.fetch(ME);
  world.script("refresh-token", networkError);
  await world.advance(HOUR);
  assert.equal(world.count("refresh-token"), 1);
  world.show("visible");
  await settle();
  await world.advance(1);
  assert.equal(world.count("refresh-token"), 2);
});

test("focus without a change makes no event and no request", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  await client.fetch(ME);
  const events = world.events(client);
  world.calls.length = 0;
  for (let i = 0; i < 5; i++) world.show(i % 2 ? "hidden" : "visible");
  world.window.dispatchEvent(new Event("pageshow"));
  await world.advance(1_000);
  assert.deepEqual([events, world.steps()], [[], []]);
});

test("focus after the end makes one request", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  await client.fetch(ME);
  world.show("hidden");
  await world.advance(HOUR);
  world.calls.length = 0;
  for (const state of ["visible", "hidden", "visible"]) world.show(state);
  await world.advance(1_000);
  assert.deepEqual(world.steps(), ["POST refresh-token"]);
});

for (const [why, hours] of [["behind", -7], ["ahead", 7]]) {
  test("a clock that is hours " + why + " changes nothing, nor does setting it right", async (t) => {
    const world = new World(t);
    world.now += hours * HOUR;
    const client = await world.signedIn();
    assert.equal(client.times().access, world.now + ACCESS);
    await client.fetch(ME);
    await client.ensureFresh();
    assert.equal(world.count("refresh-token"), 0);
    world.now -= hours * HOUR;
    world.jar = { access: world.now + MINUTE, refresh: world.now + DAY };
    assert.equal((await client.fetch(ME)).status, 200);
    await world.advance(HOUR);
    assert.equal(world.count("refresh-token") <= 1, true);
  });
}

test("ensureFresh renews what ends soon, and nothing else", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  await client.ensureFresh();
  assert.equal(world.count("refresh-token"), 0);
  world.now += ACCESS - MINUTE;
  await Promise.all([client.ensureFresh(), client.ensureFresh()]);
  assert.equal(world.count("refresh-token"), 1);
});

test("a short Retry-After is waited for within the refresh", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  world.script("refresh-token", () => refusal(503, "unavailable", { "Retry-After": "3" }));
  const done = outcome(client.refresh());
  await world.advance(2_999);
  assert.equal(world.count("refresh-token"), 1);
  await world.advance(1);
  assert.deepEqual(await done, { value: undefined });
  assert.equal(world.count("refresh-token"), 2);
});

test("a long Retry-After is told at once, and obeyed by later requests", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  world.expire();
  world.script("refresh-token", () => refusal(429, "rate_limited", { "Retry-After": "60" }));
  for (let i = 0; i < 3; i++) {
    const { error } = await outcome(client.fetch(ME));
    assert.deepEqual([error.code, error.status, error.retryAfter], ["rate_limited", 429, 60]);
  }
  assert.equal(world.count("refresh-token"), 1);
  await world.advance(MINUTE);
  assert.equal((await client.fetch(ME)).status, 200);
});

for (const [why, header] of [["a date", "Sun, 29 Nov 2026 12:00:05 GMT"], ["below zero", "-5"], ["no number", "soon"]]) {
  test("a Retry-After that is " + why + " counts as none", async (t) => {
    const world = new World(t);
    const client = await world.signedIn();
    world.script("refresh-token", () => refusal(503, "unavailable", { "Retry-After": header }));
    assert.equal((await outcome(client.refresh())).error.code, "unavailable");
    assert.equal(world.count("refresh-token"), 1);
    assert.equal(client.mayBeSignedIn(), true);
  });
}

test("options that are undefined have their defaults", async (t) => {
  const world = new World(t);
  const client = await world.signedIn({ timeout: undefined, renewBefore: undefined });
  const done = outcome(client.refresh());
  await world.advance(0);
  assert.deepEqual(await done, { value: undefined });
  assert.equal(world.count("refresh-token"), 1);
});
