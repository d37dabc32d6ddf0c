// The API for administrators. Each call returns the envelope of the answer, or throws
// an ApiError: a refusal, or no answer that can be read.
import { ApiError } from "/client.js";

const ROOT = "/api/v1/admin";

/** Calls forbidden() when the API says that this user is no administrator. */
export function adminApi(client, forbidden) {
  async function send(method, path, { query = {}, body, signal } = {}) {
    const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value)).toString();
    const json = body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    try {
      return await accepted(client.fetch(ROOT + path + (asked && `?${asked}`), { method, signal, ...json }));
    } catch (error) {
      if (error.code === "forbidden") forbidden();
      throw error;
    }
  }
  const call = async (...request) => envelope(await send(...request));
  const user = (id) => `/users/${encodeURIComponent(id)}`;
  const read = (path) => (query, signal) => call("GET", path, { query, signal });
  const post = (action) => (id) => call("POST", `${user(id)}/${action}`);

  return {
    listUsers: read("/users"),
    listEvents: read("/events"),
    exportEvents: async (query) => (await send("GET", "/events.csv", { query })).blob(),
    user: (id, signal) => call("GET", user(id), { signal }),
    disable: post("disable"),
    enable: post("enable"),
    unlock: post("unlock"),
    sendReset: post("send-reset"),
    setRole: (id, role) => call("PATCH", `${user(id)}/role`, { body: { role } }),
    endSessions: (id) => call("DELETE", `${user(id)}/sessions`),
    endSession: (id, session) => call("DELETE", `${user(id)}/sessions/${encodeURIComponent(session)}`),
    delete: (id) => call("DELETE", user(id)),
  };
}

async function accepted(sent) {
  let answer;
  try {
    answer = await sent;
  } catch (error) {
    if (error instanceof ApiError || error.name === "AbortError") throw error;
    throw new ApiError("network_error");
  }
  if (answer.ok) return answer;
  const refusal = await envelope(answer);
  throw new ApiError(refusal.code, { ...refusal, status: answer.status });
}

async function envelope(answer) {
  const body = await answer.json().catch(() => null);
  if (typeof body?.success !== "boolean") throw new ApiError("unexpected_answer", { status: answer.status });
  return body;
}
