import { live } from "../recipes/live.js";
import { client, later, ready, signIn } from "./page.js";

await signIn();
live(() => new EventSource("/live/events"));
live(() => new WebSocket(`ws://${location.host}/live/socket`));
ready({
  expire: async () => {
    later(16);
    return "expired";
  },
  leave: async () => (await client.api.logout()).message,
});
