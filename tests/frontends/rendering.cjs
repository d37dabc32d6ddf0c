// A server that renders pages: node rendering.cjs FOLDER API. It uses the blocks of
// docs/frontends.md in the folder, sends /api to the API as a proxy does, and writes its
// address.
const { readFileSync } = require("node:fs");
const { createServer, request: send } = require("node:http");
const { pathToFileURL } = require("node:url");

const [folder, api] = process.argv.slice(2);
process.env.API = api;

/** Passes a request on to the API, and its answer back. */
function proxy(request, response) {
  const { method, url, headers } = request;
  const onward = send(api + url, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.rawHeaders);
    answer.pipe(response);
  });
  request.pipe(onward);
}

async function main() {
  const { asVisitor, visitor } = await import(pathToFileURL(folder + "/recipes/render.js"));
  const script = readFileSync(folder + "/bundles/recipes/renew.js");
  const show = (response, title, rest = "") => response.setHeader("Content-Type", "text/html").end(`<!doctype html><title>${title}</title><body>${rest}`);

  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (pathname.startsWith("/api/")) return proxy(request, response);
    if (pathname === "/favicon.ico") return response.end();
    if (pathname === "/sign-in") return show(response, "Sign in");
    if (pathname === "/renew") return show(response, "", `<script type="module" src="/renew.js"></script>`);
    if (pathname === "/renew.js") return response.setHeader("Content-Type", "text/javascript").end(script);
    if (pathname === "/enter") {
      let body = "";
      for await (const part of request) body += part;
      const entered = { method: "POST", headers: { "Content-Type": "application/json" }, body };
      return response.end((await asVisitor(request, response, "/api/v1/auth/login", entered)).message);
    }
    const user = await visitor(request, response);
    if (user !== undefined) show(response, user?.fullName ?? "signed out");
  });
  server.listen(0, "localhost", () => console.log(`http://localhost:${server.address().port}`));
}

main();
