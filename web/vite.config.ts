import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { PurgeCSS } from "purgecss";
import { defineConfig, type Plugin } from "vite";

const PAGES = "src/pages"; // each file is one script a template may name: built/<name>.js, built/<name>.css
const ICONS = "node_modules/@tabler/icons/icons/outline";
const pages = Object.fromEntries(
  readdirSync(PAGES)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => [basename(file, ".ts"), join(PAGES, file)]),
);
const service = { service: "src/grid/service.ts" }; // stands alone: a service worker imports nothing

/** Put a .gz beside each file as it was written: the web process sends it to whoever accepts it. */
function compressed(): Plugin {
  return {
    name: "compressed",
    writeBundle({ dir }, bundle) {
      for (const name of Object.keys(bundle)) {
        const file = join(dir ?? "", name);
        writeFileSync(`${file}.gz`, gzipSync(readFileSync(file)));
      }
    },
  };
}

/** Make one sprite of the pictures named in icons.txt; a page shows one by <use href="icons.svg#name">. */
function icons(): Plugin {
  return {
    name: "icons",
    generateBundle() {
      const symbols = readFileSync("icons.txt", "utf8")
        .split("\n")
        .filter((name) => name !== "")
        .map((name) => {
          const inside = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(readFileSync(join(ICONS, `${name}.svg`), "utf8"));
          if (inside?.[1] === undefined) throw new Error(`no picture in ${name}.svg`);
          return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${inside[1].trim()}</symbol>`;
        });
      const source = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>`;
      this.emitFile({ type: "asset", fileName: "icons.svg", source });
    },
  };
}

const TABLER = "@tabler/core/dist/css/tabler.min.css";
// Where classes are named; a word that stands there keeps its rules (tests/config/test_styles.py holds it to that).
const NAMED = ["../src/huying/**/*.html", "../src/huying/**/*.py", "src/**/*.ts", "src/**/*.css"];
const BUILT_FROM_WORDS = [/^bg-.+-lt$/, /^alert-/]; // `bg-{{ tone }}-lt`

/** Leave out of Tabler what no page uses: most of its 600 kB would only be read to be thrown away. */
function purged(): Plugin {
  return {
    name: "purged",
    enforce: "pre",
    async transform(code, id) {
      if (!id.endsWith(TABLER)) return null;
      const [made] = await new PurgeCSS().purge({
        content: NAMED,
        css: [{ raw: code }],
        safelist: { standard: BUILT_FROM_WORDS },
      });
      return { code: made?.css ?? code, map: null };
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [purged(), icons(), compressed()],
  worker: { format: "es" },
  build: {
    outDir: "../src/huying/config/static/built",
    emptyOutDir: true,
    manifest: true,
    chunkSizeWarningLimit: 2_000,
    assetsInlineLimit: 0, // data: URLs would need a weaker content security policy
    rollupOptions: {
      input: { ...pages, ...service },
      // names without a hash: templates name them directly, the server answers with ETag
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "chunk-[name].js",
        assetFileNames: "[name][extname]",
      },
    },
  },
});
