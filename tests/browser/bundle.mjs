// Bundles and minifies the elements of lesson pages: node tests/browser/bundle.mjs [FOLDER]
// Without a folder they go where they ship from, litnet/lessons/web.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const web = new URL("../../litnet/lessons/web/", import.meta.url);
const page = await transform(await readFile(new URL("src/lesson.css", web)), { loader: "css", minify: true });
await writeFile(`${process.argv[2] ?? fileURLToPath(web)}/lesson.css`, page.code);

// A style sheet is imported as text, made small first.
const styles = {
  name: "styles",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    }),
};

await build({
  entryPoints: ["lesson", "lit-clip", "lit-network"].map((name) => fileURLToPath(new URL(`src/${name}.js`, web))),
  outdir: process.argv[2] ?? fileURLToPath(web),
  bundle: true,
  minify: true,
  target: "es2022",
  charset: "utf8",
  format: "iife",
  mangleProps: /_$/,
  logLevel: "warning",
  plugins: [styles],
});
