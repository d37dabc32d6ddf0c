// Redux Toolkit Query with the mutex of its own documentation.
import { configureStore } from "@reduxjs/toolkit";
import { createApi, fetchBaseQuery } from "@reduxjs/toolkit/query";
import { Mutex } from "async-mutex";
import { headers, keep, page, REFRESH, refreshBody } from "./scaffold.js";

const mutex = new Mutex();
const baseQuery = fetchBaseQuery({
  prepareHeaders: (prepared) => Object.entries(headers()).forEach(([name, value]) => prepared.set(name, value)),
});

async function baseQueryWithRefresh(args, store, options) {
  await mutex.waitForUnlock();
  const result = await baseQuery(args, store, options);
  if (result.error?.status !== 401) return result;
  if (mutex.isLocked()) {
    await mutex.waitForUnlock();
    return baseQuery(args, store, options);
  }
  const release = await mutex.acquire();
  try {
    const refreshed = await baseQuery({ url: REFRESH, method: "POST", body: refreshBody() }, store, options);
    if (refreshed.error) return result;
    keep(refreshed.data);
    return await baseQuery(args, store, options);
  } finally {
    release();
  }
}

const api = createApi({
  baseQuery: baseQueryWithRefresh,
  endpoints: (build) => ({ get: build.query({ query: (path) => path }) }),
});
const store = configureStore({
  reducer: { api: api.reducer },
  middleware: (standard) => standard().concat(api.middleware),
});

page(async (path) => {
  const { error } = await store.dispatch(api.endpoints.get.initiate(path, { forceRefetch: true }));
  return error ? error.status : 200;
});
