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

// engine.js becomes one function that gives what it exports: called here, and handed to a worker as text.
const engine = {
  name: "engine",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\Wengine\.js$/ }, async ({ path }) => {
      const { outputFiles } = await build({ entryPoints: [path], bundle: true, write: false, format: "esm", target: "es2022" });
      const [text, names] = outputFiles[0].text.trim().split(/\nexport (\{[^}]*\});$/);
      return { contents: `export function engine(){${text}\nreturn ${names}}\nexport const ${names} = engine();` };
    }),
};

// Names of properties that are made shorter: of <lit-network> its own, which nothing has that it takes from a
// browser, no file of data and no text (tests/lessons/test_lit_network.py); of all elements what ends in _$.
const OWN =
  "announce area bare blank box card changed colour costOver dash erase eye fields inputsOf language later live " +
  "marks more named names nets observer oneHot panels percent pick pitch pointer points radius refused say shows side soon tab " +
  "tabs tell timer wire";
const MANGLED = { "lit-network": new RegExp(`_$|^(${OWN.replaceAll(" ", "|")})$`) };

for (const name of ["lesson", "lit-clip", "lit-network"])
  await build({
    entryPoints: [fileURLToPath(new URL(`src/${name}.js`, web))],
    outdir: process.argv[2] ?? fileURLToPath(web),
    bundle: true,
    minify: true,
    target: "es2022",
    charset: "utf8",
    format: "iife",
    mangleProps: MANGLED[name] ?? /_$/,
    logLevel: "warning",
    plugins: [styles, engine],
  });
