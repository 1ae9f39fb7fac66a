import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

import { defineConfig, type Plugin } from "vite";

const SERVICE_WORKER = "service-worker.js";

/** Tells the service worker what there is to keep. */
function keptFiles(): Plugin {
  return {
    name: "kept-files",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      const contents = new Map<string, string | Uint8Array>();
      for (const file of readdirSync("public")) contents.set(file, readFileSync(`public/${file}`));
      for (const made of Object.values(bundle)) {
        if (made.fileName !== SERVICE_WORKER) contents.set(made.fileName, made.type === "chunk" ? made.code : made.source);
      }
      const files = [...contents.keys()].sort();
      const name = createHash("sha256");
      for (const file of files) name.update(file).update(contents.get(file) ?? "");
      const worker = bundle[SERVICE_WORKER];
      if (worker?.type !== "chunk") throw new Error("the build has no service worker");
      worker.code = `self.BUILD=${JSON.stringify({ name: name.digest("hex").slice(0, 16), files })};${worker.code}`;
    },
  };
}

export default defineConfig({
  // Works from any path, and from a folder that was downloaded and is served locally.
  base: "./",
  build: {
    target: "es2022",
    // A policy of `script-src 'self'` allows no data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: "index.html", "service-worker": "src/service-worker.ts" },
      output: {
        // What the page opens with is one file: by itself every part that a tab shares with it would be another.
        codeSplitting: { groups: [{ name: "page", test: /\/src\/main\.ts$/ }] },
        // Browsers look for a new one at the old one's address.
        entryFileNames: (chunk) => (chunk.name === "service-worker" ? SERVICE_WORKER : "assets/[name]-[hash].js"),
      },
    },
  },
  plugins: [keptFiles()],
  worker: { format: "es" },
  // The core's package is a neighbour.
  server: { host: "127.0.0.1", fs: { allow: [".", "../pkg"] } },
  preview: { host: "127.0.0.1" },
});
