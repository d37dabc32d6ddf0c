// Writes the calls of the API into the client, made from openapi.yaml as JSON: each
// operation that answers with the envelope, but for those of administrators: few pages
// need them, and client.fetch calls them. Arguments: openapi.json sallyport.js
import { readFileSync, writeFileSync } from "node:fs";

const [spec, client] = process.argv.slice(2);
const { paths } = JSON.parse(readFileSync(spec, "utf8"));
const lines = [];

for (const [path, item] of Object.entries(paths)) {
  for (const [method, { operationId, tags = [], parameters = [], responses }] of Object.entries(item)) {
    const success = responses?.["200"] ?? responses?.["201"];
    if (!success?.content?.["application/json"] || tags.includes("admin")) continue;
    const query = parameters.filter((p) => p.in === "query").map((p) => p.name).join("&");
    lines.push(`  ${operationId}: "${method.toUpperCase()} ${path}${query && "?" + query}",\n`);
  }
}

const block = /(?<=const OPERATIONS = \{\n).*?(?=\};\n)/s;
const text = readFileSync(client, "utf8");
if (!block.test(text)) throw new Error(client + " has no block OPERATIONS");
writeFileSync(client, text.replace(block, () => lines.join("")));
