import { api } from "../recipes/axios.js";
import { ready, signIn } from "./page.js";

await signIn();
ready({ load: async () => (await api.get("/api/v1/users/current-user")).data.data.fullName });
