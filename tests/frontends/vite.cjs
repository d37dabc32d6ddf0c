// Vite's development server: node vite.cjs ROOT. It has the proxies of both
// configurations in the root, and writes its address.
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const root = process.argv[2];
const load = async (file) => (await import(pathToFileURL(file))).default;

async function main() {
  const { createServer } = await import(pathToFileURL(path.resolve("node_modules/vite/dist/node/index.js")));
  const [kept, changed] = await Promise.all(["vite.config.js", "vite-other-path.config.js"].map((name) => load(path.join(root, name))));
  const server = await createServer({
    root,
    configFile: false,
    logLevel: "error",
    cacheDir: path.join(root, "cache"),
    optimizeDeps: { noDiscovery: true },
    server: { host: "localhost", port: 0, proxy: { ...kept.server.proxy, ...changed.server.proxy } },
  });
  await server.listen();
  console.log(`http://localhost:${server.httpServer.address().port}`);
}

main();
