import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** Put a .gz beside each text file: the web process sends it to whoever accepts it. */
function compressed(): Plugin {
  return {
    name: "compressed",
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        const source = file.type === "chunk" ? file.code : file.source;
        this.emitFile({ type: "asset", fileName: `${file.fileName}.gz`, source: gzipSync(source) });
      }
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [compressed()],
  build: {
    outDir: "../src/huying/config/static/built",
    emptyOutDir: true,
    manifest: true,
    assetsInlineLimit: 0, // data: URLs would need a weaker content security policy
    rollupOptions: {
      input: { main: "src/main.ts", verify: "src/verify.ts" },
      // names without a hash: templates name them directly, the server answers with ETag
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "[name].js",
        assetFileNames: "[name][extname]",
      },
    },
  },
});
