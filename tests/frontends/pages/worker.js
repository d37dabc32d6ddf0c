import "../recipes/purge.js";
import { client, ready, signIn } from "./page.js";

const names = async () => (await caches.keys()).join(" ");

async function cached() {
  const paths = [];
  for (const name of await caches.keys()) {
    for (const { url } of await (await caches.open(name)).keys()) paths.push(new URL(url).pathname);
  }
  return paths.sort().join(" ");
}

if (!navigator.serviceWorker.controller) {
  await navigator.serviceWorker.register("/sw.js");
  await navigator.serviceWorker.ready;
  location.reload();
} else {
  await signIn();
  ready({
    load: async () => {
      await client.fetch("/api/v1/users/current-user");
      await fetch("/private");
      return cached();
    },
    leave: async () => {
      await client.api.logout();
      while (await names()) await new Promise((done) => setTimeout(done, 5));
      return "nothing is kept";
    },
  });
}
