import { client, signIn } from "./page.js";

await signIn();
const failed = await client.api.currentUser().catch((error) => error);
parent.postMessage(`${failed.code}, signed in: ${client.mayBeSignedIn()}`, "*");
