// axios-auth-refresh without deduplication: a 401 that arrives during a refresh waits
// for it and is repeated, so that there is one refresh all the same.
import { clientWith } from "./axios-auth-refresh-client.js";
import { page } from "./scaffold.js";

page(clientWith({ deduplicateRefresh: false }));
