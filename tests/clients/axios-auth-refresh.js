// axios-auth-refresh as it is by default: one refresh at a time, in which it rejects
// every further 401.
import { clientWith } from "./axios-auth-refresh-client.js";
import { page } from "./scaffold.js";

page(clientWith({}));
