import axios from "axios";
import { createAuthRefresh } from "axios-auth-refresh";
import { headers, keep, REFRESH, refreshBody } from "./scaffold.js";

/** Returns a function that sends a request and returns its status. */
export function clientWith(options) {
  const api = axios.create();
  api.interceptors.request.use((config) => {
    config.headers.set(headers());
    return config;
  });
  createAuthRefresh(
    api,
    async () => keep((await axios.post(REFRESH, refreshBody(), { skipAuthRefresh: true })).data),
    options,
  );
  return async (path) => (await api.get(path)).status;
}
