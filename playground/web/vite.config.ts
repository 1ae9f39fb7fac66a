import { defineConfig } from "vite";

export default defineConfig({
  // Works from any path, and from a folder that was downloaded and is served locally.
  base: "./",
  build: {
    target: "es2022",
    // A policy of `script-src 'self'` allows no data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: "es" },
  server: { host: "127.0.0.1" },
  preview: { host: "127.0.0.1" },
});
