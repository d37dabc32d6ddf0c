// Prints the lines of OPERATIONS in web/client/sallyport.js, made from openapi.yaml
// as JSON: each operation that answers with the envelope.
import { readFileSync } from "node:fs";

const { paths } = JSON.parse(readFileSync(process.argv[2], "utf8"));

for (const [path, item] of Object.entries(paths)) {
  for (const [method, { operationId, parameters = [], responses }] of Object.entries(item)) {
    const success = responses?.["200"] ?? responses?.["201"];
    if (!success?.content?.["application/json"]) continue;
    const query = parameters.filter((p) => p.in === "query").map((p) => p.name).join("&");
    console.log(`  ${operationId}: "${method.toUpperCase()} ${path}${query && "?" + query}",`);
  }
}
