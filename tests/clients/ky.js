// The hook of ky's own documentation: each 401 refreshes by itself.
import ky from "ky";
import { headers, keep, page, REFRESH, refreshBody } from "./scaffold.js";

const api = ky.create({
  hooks: {
    beforeRequest: [({ request }) => new Request(request, { headers: headers() })],
    afterResponse: [
      async ({ request, response, retryCount }) => {
        if (response.status !== 401 || retryCount > 0) return;
        keep(await ky.post(REFRESH, { json: refreshBody() }).json());
        return ky.retry({ request: new Request(request, { headers: headers() }), delay: 0 });
      },
    ],
  },
});

page(async (path) => (await api.get(path)).status);
