import assert from "node:assert/strict";
import test from "node:test";
import { ORIGIN, World, envelope, html, networkError, outcome, refusal, settle } from "./world.mjs";

const NOTES = "/api/v1/notes";
const THREE = ["POST notes", "POST refresh-token", "POST notes"];

const text = async (body) => new Response(body).text();
const form = () => {
  const form = new FormData();
  form.set("name", "Ada");
  form.set("avatar", new Blob(["picture"]), "ada.png");
  return form;
};

const bodies = [
  ["a string", () => [NOTES, { method: "POST", body: "note" }], "note"],
  ["a Blob", () => [NOTES, { method: "POST", body: new Blob(["note"]) }], "note"],
  ["a FormData", () => [NOTES, { method: "POST", body: form() }], /name="name"[^]*Ada[^]*picture/],
  ["a Request", () => [new Request(ORIGIN + NOTES, { method: "POST", body: "note" })], "note"],
];
for (const [why, call, want] of bodies) {
  test(why + " is sent again as it was", async (t) => {
    const world = new World(t);
    const client = await world.signedIn();
    world.expire();
    const sent = [];
    const take = async ({ body }) => {
      sent.push(await text(body));
      return world.own("notes");
    };
    world.script("notes", take, take);
    assert.equal((await client.fetch(...call())).status, 200);
    assert.deepEqual(world.steps(), THREE);
    for (const body of sent) want instanceof RegExp ? assert.match(body, want) : assert.equal(body, want);
  });
}

for (const [why, answer] of [["a network error", networkError], ["503", () => refusal(503, "unavailable")], ["429", () => refusal(429, "rate_limited")], ["403", () => refusal(403, "forbidden")],
  ["a wrong password", () => refusal(401, "invalid_credentials")], ["HTML with 401", () => html(401)]]) {
  test("nothing is repeated or renewed after " + why, async (t) => {
    const world = new World(t);
    const client = await world.signedIn();
    world.script("notes", answer);
    await outcome(client.fetch(NOTES, { method: "POST", body: "note" }));
    assert.deepEqual(world.steps(), ["POST notes"]);
    assert.equal(client.mayBeSignedIn(), true);
  });
}

test("session_ended ends the session without a refresh", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  const events = world.events(client);
  world.script("notes", () => refusal(401, "session_ended"));
  assert.equal((await client.fetch(NOTES)).status, 401);
  assert.deepEqual(world.steps(), ["GET notes"]);
  assert.deepEqual(events, ["signedOut session_ended"]);
});

test("headers are computed anew for the repeat", async (t) => {
  const world = new World(t);
  let made = 0;
  const client = await world.signedIn({ headers: () => ({ "X-Trace": String(++made) }) });
  made = 0;
  world.expire();
  await client.fetch(NOTES, { headers: { "X-Own": "kept" } });
  assert.deepEqual(world.calls.map(({ headers }) => headers.get("X-Trace")), ["1", "2", "3"]);
  assert.deepEqual([0, 2].map((i) => world.calls[i].headers.get("X-Own")), ["kept", "kept"]);
});

for (const url of ["https://other.test/x", "//other.test/x", "/\\other.test/x", ORIGIN + ".evil.test/x", new URL("https://other.test/x"), new Request("https://other.test/x")]) {
  test("another origin is left untouched: " + (url.url ?? url) + " as " + url.constructor.name, async (t) => {
    const world = new World(t);
    const client = await world.signedIn({ headers: () => ({ "X-Trace": "1" }) });
    world.script("x", () => refusal(401, "token_expired"));
    const init = {};
    assert.equal((await client.fetch(url, init)).status, 401);
    assert.equal(world.calls.length, 1);
    assert.equal(world.calls[0].init, init);
    assert.equal(world.calls[0].headers.get("X-Trace"), null);
  });
}

test("with baseUrl, what is beside it is elsewhere", async (t) => {
  const world = new World(t);
  const client = await world.signedIn({ baseUrl: "https://api.test/backend/" });
  for (const url of ["https://api.test/backend-other/x", "https://api.test/backend/../x", "https://api.test.evil.test/backend/x"]) await client.fetch(url);
  assert.deepEqual(world.calls.map(({ init }) => init.credentials), [undefined, undefined, undefined]);
  await client.fetch("/x");
  assert.equal(world.calls[3].url, "https://api.test/backend/x");
  assert.equal(world.calls[3].init.credentials, "include");
});

test("keepalive goes out at once and is not repeated", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  world.expire();
  const answer = client.fetch(NOTES, { method: "POST", body: "note", keepalive: true });
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(world.steps(), ["POST notes"]);
  assert.equal((await answer).status, 401);
  assert.deepEqual(world.steps(), ["POST notes"]);
});

const stream = () => new ReadableStream({ start: (controller) => controller.close() });

for (const [why, body] of [["stream", stream], ["Blob", () => new Blob(["x"])], ["FormData", form]]) {
  test("where the token ends soon it is renewed before a " + why, async (t) => {
    const world = new World(t);
    const client = await world.signedIn();
    world.now += world.life - 1_000;
    assert.equal((await client.fetch(NOTES, { method: "POST", body: body(), duplex: "half" })).status, 200);
    assert.deepEqual(world.steps(), ["POST refresh-token", "POST notes"]);
  });
}

test("a spent stream is body_not_repeatable; the session is renewed for the next", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  world.expire();
  const send = () => client.fetch(NOTES, { method: "POST", body: stream(), duplex: "half" });
  assert.equal((await outcome(send())).error.code, "body_not_repeatable");
  assert.equal((await send()).status, 200);
  assert.deepEqual(world.steps(), THREE);
});

test("a program without ReadableStream can send", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  const answer = envelope(200, {});
  world.script("notes", () => answer);
  const { ReadableStream } = globalThis;
  t.after(() => world.set({ ReadableStream }));
  world.set({ ReadableStream: undefined });
  assert.equal((await client.fetch(NOTES)).status, 200);
});

test("HTML with 200 is unexpected_answer, a call without an answer network_error", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  world.script("current-user", () => html(200), () => html(401), networkError);
  for (const [code, status] of [["unexpected_answer", 200], ["unexpected_answer", 401], ["network_error", 0]]) {
    const { error } = await outcome(client.api.currentUser());
    assert.deepEqual([error.code, error.status], [code, status]);
  }
  assert.equal(client.mayBeSignedIn(), true);
});

test("HTML in the place of the user signs nobody in", async (t) => {
  const world = new World(t);
  const client = world.client();
  world.script("current-user", () => html(200));
  await outcome(client.api.currentUser());
  assert.equal(client.mayBeSignedIn(), false);
});

test("calls put their values into the path, the query and the body", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  world.script("a%2Fb", () => world.own("notes"));
  await client.api.endSession({ id: "a/b" });
  await client.api.listActivity({ limit: 5, before: undefined });
  await client.api.updateAccount({ fullName: "Ada L" });
  const shown = await Promise.all(world.calls.map(async ({ method, path, body }) => [method, path, body && (await text(body))]));
  assert.deepEqual(shown, [
    ["DELETE", "/api/v1/users/sessions/a%2Fb", null],
    ["GET", "/api/v1/users/activity?limit=5", null],
    ["PATCH", "/api/v1/users/update-account", '{"fullName":"Ada L"}'],
  ]);
});

test("signing out everywhere ends the session, ending the others does not", async (t) => {
  const world = new World(t);
  const client = await world.signedIn();
  await client.api.endSessions();
  assert.equal(client.mayBeSignedIn(), true);
  await client.api.endSessions({ all: true });
  await settle();
  assert.equal(client.mayBeSignedIn(), false);
});
