// A middleware of wretch whose requests share one refresh.
import wretch from "wretch";
import { headers, keep, page, REFRESH, refreshBody } from "./scaffold.js";

let refreshing;
function refresh() {
  refreshing ??= wretch(REFRESH)
    .post(refreshBody())
    .json()
    .then(keep)
    .finally(() => (refreshing = undefined));
  return refreshing;
}

const renew = (next) => async (url, options) => {
  const send = () => next(url, { ...options, headers: { ...options.headers, ...headers() } });
  const response = await send();
  if (response.status !== 401) return response;
  await refresh();
  return send();
};

const api = wretch().middlewares([renew]);
page(async (path) => (await api.url(path).get().res()).status);
