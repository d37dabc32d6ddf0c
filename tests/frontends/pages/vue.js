import { createApp, h } from "vue";
import { useSession } from "../recipes/use-session.js";
import { framework, signIn } from "./page.js";

const Greeting = {
  setup() {
    const session = useSession();
    return () => h("p", { id: "who" }, session.value.data?.fullName ?? session.value.status);
  },
};

await signIn();
createApp(Greeting).mount("#app");
await framework();
