// alova's own token authentication: requests wait while a refresh runs.
import { createAlova } from "alova";
import { createServerTokenAuthentication } from "alova/client";
import adapterFetch from "alova/fetch";
import { headers, keep, page, REFRESH, refreshBody } from "./scaffold.js";

const { onAuthRequired, onResponseRefreshToken } = createServerTokenAuthentication({
  assignToken: (method) => Object.assign(method.config.headers, headers()),
  refreshTokenOnSuccess: {
    isExpired: (response) => response.status === 401,
    handler: async () => {
      const refresh = api.Post(REFRESH, refreshBody());
      refresh.meta = { authRole: "refreshToken" };
      keep(await (await refresh).json());
    },
  },
});
const api = createAlova({
  cacheFor: null,
  requestAdapter: adapterFetch(),
  beforeRequest: onAuthRequired(),
  responded: onResponseRefreshToken({ onSuccess: (response) => response }),
});

page(async (path) => (await api.Get(path)).status);
