import assert from "node:assert/strict";
import test from "node:test";
import { MINUTE, World, envelope, html, networkError, outcome, refusal, settle } from "./world.mjs";

const ME = "/api/v1/users/current-user";

test("ten requests share one refresh", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  world.expire();
  const answers = await Promise.all(Array.from({ length: 10 }, () => client.fetch(ME)));
  assert.deepEqual(answers.map(({ status }) => status), Array(10).fill(200));
  assert.equal(world.count("refresh-token"), 1);
});

test("two clients of one page make one refresh: the waiter looks at the stamp first", async (t) => {
  const world = new World(t);
  const one = await world.signedIn();
  const two = world.client();
  world.expire();
  const answers = await Promise.all([one.fetch(ME), two.fetch(ME)]);
  assert.deepEqual(answers.map(({ status }) => status), [200, 200]);
  assert.equal(world.count("refresh-token"), 1);
});

for (const change of ["refresh", "logout", "login"]) {
  test("listeners run after the lock is free: " + change, async (t) => {
    const world = new World(t);
    const client = await world.signedIn();
    const held = [];
    for (const type of ["signedIn", "refreshed", "signedOut"]) client.on(type, () => held.push(world.locks.held));
    await (change === "refresh" ? client.refresh() : client.api[change]({ email: "a", password: "b" }));
    assert.deepEqual(held, [false]);
  });
}

test("a frozen holder of the lock is waited for half of timeout", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  world.locks.request("sallyport", {}, () => new Promise(() => {}));
  const done = outcome(client.refresh());
  await world.advance(4_999);
  assert.equal(world.count("refresh-token"), 0);
  await world.advance(1);
  assert.deepEqual(await done, { value: undefined });
});

test("timeout covers the wait for the lock and the refresh", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  world.locks.request("sallyport", {}, () => new Promise(() => {}));
  world.hold("refresh-token");
  const started = world.now;
  let ended;
  client.refresh().catch(() => (ended = world.now - started));
  await world.advance(MINUTE);
  assert.equal(ended, 10_000);
});

for (const [why, locks] of [["absent", undefined], ["throwing", { request() { throw new Error("SecurityError"); } }]]) {
  test("locks that are " + why + " hinder nothing", async (t) => {
    const world = new World(t, { navigator: { onLine: true, locks } });
    const client = await world.signedIn();
    world.expire();
    const answers = await Promise.all([client.fetch(ME), client.fetch(ME)]);
    assert.deepEqual(answers.map(({ status }) => status), [200, 200]);
    assert.equal(world.count("refresh-token"), 1);
  });
}

test("a tab without the lock accepts what a faster one renewed", async (t) => {
  const world = new World(t, { navigator: { onLine: true } });
  const one = await world.signedIn();
  const two = world.client();
  const release = world.hold("refresh-token", () => refusal(401, "token_reused"));
  const slow = outcome(one.refresh());
  await settle();
  await two.refresh();
  await release();
  assert.deepEqual(await slow, { value: undefined });
  assert.equal(one.mayBeSignedIn(), true);
});

test("dispose frees timers, listeners and the channel, and refuses requests", async (t) => {
  const world = new World(t);
  const added = [];
  const count = (target) => {
    const add = target.addEventListener.bind(target);
    target.addEventListener = (type, run, options) => {
      added.push([type, options?.signal]);
      add(type, run, options);
    };
  };
  count(world.document);
  count(world.window);
  const client = await world.signedIn();
  await client.fetch(ME);
  assert.equal(world.timers.size > 0, true);
  assert.equal(world.channels.size, 1);
  client.dispose();
  await world.advance(5_000); // the limits of calls that are over
  assert.equal(world.timers.size, 0);
  assert.equal(world.channels.size, 0);
  assert.deepEqual(added.map(([type]) => type).sort(), ["online", "pageshow", "storage", "visibilitychange"]);
  assert.equal(added.every(([, signal]) => signal.aborted), true);
  assert.equal((await outcome(client.fetch(ME))).error.code, "disposed");
});

test("a refused sign-in is handed out, and a refused refresh of the caller's own too", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  world.script("login", () => refusal(401, "token_expired"));
  assert.equal((await client.fetch("/api/v1/auth/login", { method: "POST" })).status, 401);
  world.script("refresh-token", () => refusal(401, "token_expired"));
  assert.equal((await client.fetch("/api/v1/auth/refresh-token", { method: "POST" })).status, 401);
  assert.deepEqual(world.steps(), ["POST login", "POST refresh-token"]);
});

test("after one repeat the 401 is handed out", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  world.script("current-user", ...Array(5).fill(() => refusal(401, "token_expired")));
  assert.equal((await client.fetch(ME)).status, 401);
  assert.deepEqual(world.steps(), ["GET current-user", "POST refresh-token", "GET current-user"]);
});

test("cookies that do not stick end in cookies_blocked, without a loop", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  const events = world.events(client);
  world.jar = null;
  assert.equal((await outcome(client.fetch(ME))).error.code, "cookies_blocked");
  await settle();
  assert.deepEqual(world.steps(), ["GET current-user", "POST refresh-token"]);
  assert.deepEqual(events, ["signedOut cookies_blocked"]);
  assert.equal((await client.fetch(ME)).status, 401);
  assert.equal(world.count("refresh-token"), 1);
});

test("an access cookie that does not stick ends in cookies_blocked", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  world.script("current-user", ...Array(2).fill(() => refusal(401, "missing_token")));
  assert.equal((await outcome(client.fetch(ME))).error.code, "cookies_blocked");
  assert.equal(client.mayBeSignedIn(), false);
});

test("in a frame of another site the same is unsupported_context", async (t) => {
  const top = Object.defineProperty({}, "location", { get() { throw new Error("SecurityError"); } });
  const world = new World(t, { top });
  const client = await world.signedIn();
  world.jar = null;
  assert.equal((await outcome(client.fetch(ME))).error.code, "unsupported_context");
});

const stalledBody = ({ signal }) => new Response(new ReadableStream({
  start(controller) {
    signal.addEventListener("abort", () => controller.error(signal.reason));
  },
}));
for (const [why, answer] of [["refresh", () => new Promise(() => {})], ["body of a refresh", stalledBody]]) {
  test("all that wait for a stalled " + why + " are rejected after timeout", async (t) => {
    const world = new World(t);
    const client = await world.signedIn();
    world.script("refresh-token", answer);
    const waiting = [client.refresh(), client.refresh()].map(outcome);
    await world.advance(10_000);
    assert.deepEqual((await Promise.all(waiting)).map(({ error }) => error.code), ["timeout", "timeout"]);
    assert.equal(client.mayBeSignedIn(), true);
  });
}

test("a caller who gives up leaves the refresh to the others", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  world.expire();
  const release = world.hold("refresh-token");
  const stop = new AbortController();
  const impatient = outcome(client.fetch(ME, { signal: stop.signal }));
  const patient = client.fetch(ME);
  await settle();
  stop.abort();
  assert.equal((await impatient).error.name, "AbortError");
  await release();
  assert.equal((await patient).status, 200);
  assert.equal(world.count("refresh-token"), 1);
});

const keeping = [
  ["HTML with 200", () => html(200), "unexpected_answer"],
  ["HTML with 401", () => html(401), "unexpected_answer"],
  ["a network error", networkError, "network_error"],
  ["500", () => refusal(500, "internal"), "internal"],
  ["an ambiguous cookie", () => refusal(400, "ambiguous_cookie"), "ambiguous_cookie"],
];
for (const [why, answer, code] of keeping) {
  test(why + " as the answer to a refresh keeps the session", async (t) => {
    const world = new World(t);
    const client = await world.signedIn();
    const events = world.events(client);
    world.script("refresh-token", answer);
    assert.equal((await outcome(client.refresh())).error.code, code);
    assert.equal(client.mayBeSignedIn(), true);
    assert.deepEqual(events, []);
    await client.refresh();
  });
}

test("a refresh that is refused ends the session once, with its reason", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  const events = world.events(client);
  world.expire();
  world.script("refresh-token", () => refusal(401, "token_reused"));
  const answers = await Promise.all([client.fetch(ME), client.fetch(ME)]);
  assert.deepEqual(answers.map(({ status }) => status), [401, 401]);
  assert.deepEqual(events, ["signedOut token_reused"]);
});

test("a visitor who never signed in is not refreshed", async (t) => {
  const world = new World(t);
  const client = world.client();
  assert.equal((await client.fetch(ME)).status, 401);
  await client.ensureFresh();
  assert.deepEqual(world.steps(), ["GET current-user"]);
  assert.equal(client.mayBeSignedIn(), false);
});

test("a page that is prerendered refreshes and locks nothing until it is shown", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  world.document.prerendering = true;
  const done = client.refresh();
  await world.advance(MINUTE);
  assert.equal(world.locks.held, false);
  assert.deepEqual(world.steps(), []);
  world.document.prerendering = false;
  world.document.dispatchEvent(new Event("prerenderingchange"));
  await done;
  assert.equal(world.count("refresh-token"), 1);
});

test("a request of one person is not repeated for the next", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  const release = world.hold("current-user", () => refusal(401, "token_expired"));
  const old = client.fetch(ME);
  await settle();
  await client.api.login({ email: "grace@example.com", password: "b" });
  await release();
  assert.equal((await old).status, 401);
  assert.equal(world.count("current-user"), 1);
});

test("an answer that a sign-in has overtaken changes nothing", async (t) => {
  const world = new World(t);
  const client = world.client();
  const events = world.events(client);
  const release = world.hold("current-user", () => envelope(200, {}));
  const early = client.fetch(ME);
  await settle();
  await client.api.login({ email: "a", password: "b" });
  await release();
  await early;
  assert.deepEqual(events, ["signedIn"]);
  assert.notEqual(client.times().access, null);
});
