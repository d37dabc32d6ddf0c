// Bundles scripts for the browser: node build.cjs FOLDER ENTRY... writes each entry
// into the folder, as one file that needs no other.
const path = require("node:path");
const { readFile } = require("node:fs/promises");
const { build } = require("esbuild");

const svelte = {
  name: "svelte",
  setup({ onLoad }) {
    onLoad({ filter: /\.svelte$/ }, async ({ path: filename }) => {
      const { compile } = require("svelte/compiler");
      const source = await readFile(filename, "utf8");
      return { contents: compile(source, { filename, generate: "client" }).js.code, loader: "js" };
    });
  },
};

const [outdir, ...entryPoints] = process.argv.slice(2);
const modules = path.join(process.cwd(), "node_modules");
build({
  entryPoints,
  outdir,
  bundle: true,
  format: "esm",
  jsx: "automatic",
  conditions: ["browser", "svelte"],
  define: { "process.env.NODE_ENV": '"production"', ngDevMode: "false", ngServerMode: "false" },
  nodePaths: [modules],
  plugins: [svelte],
  logLevel: "error",
}).catch(() => process.exit(1));
