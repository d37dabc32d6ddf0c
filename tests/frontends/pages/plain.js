import { api } from "../recipes/plain.js";
import { ready, signIn } from "./page.js";

await signIn();
ready({ load: async () => (await (await api("/api/v1/users/current-user")).json()).data.fullName });
