// The interceptor that most tutorials show: each 401 refreshes by itself.
import axios from "axios";
import { headers, keep, page, REFRESH, refreshBody } from "./scaffold.js";

const api = axios.create();
api.interceptors.request.use((config) => {
  config.headers.set(headers());
  return config;
});
api.interceptors.response.use(undefined, async (error) => {
  const { config, response } = error;
  if (response?.status !== 401 || config.repeated || config.url === REFRESH) throw error;
  keep((await api.post(REFRESH, refreshBody())).data);
  return api({ ...config, repeated: true });
});

page(async (path) => (await api.get(path)).status);
