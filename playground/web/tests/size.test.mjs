// The download size of the page until the first findings.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";

import { browse, DIST, open, serve } from "./browser.mjs";

let server;
let context;
/** The files that the page asked for, by their names in the built folder, and their sizes as they travel. */
const loaded = new Map();

before(async () => {
  const served = await serve();
  server = served.server;
  context = await browse();
  const asked = new Set();
  const note = (request) => asked.add(new URL(request.url()).pathname.replace("/some/where/", "") || "index.html");
  context.on("request", note);
  await open(context, served.url);
  context.off("request", note);
  for (const file of asked) loaded.set(file, compressed(file));
});

const compressed = (file) => gzipSync(readFileSync(join(DIST, file)), { level: 9 }).length;

after(async () => {
  await context?.close();
  server?.close();
});

function total(wanted) {
  let sum = 0;
  for (const [file, size] of loaded) if (wanted(file)) sum += size;
  return sum;
}

const listed = () => [...loaded].map(([file, size]) => `${file} ${size}`).join(", ");

test("the policies take at most 990 kB", () => {
  const size = total((file) => file.endsWith(".wasm"));
  assert.ok(size > 0 && size <= 990_000, `${size} bytes`);
});

// Loaded when the page is idle after the first findings, so it delays nothing.
const LATE = "schema.json";

test("the fields of Kubernetes' kinds take at most 100 kB", () => {
  const size = compressed(LATE);
  assert.ok(size > 0 && size <= 100_000, `${size} bytes`);
});

test("everything else takes at most 350 kB", (context) => {
  const size = total((file) => !file.endsWith(".wasm") && file !== LATE);
  context.diagnostic(listed());
  assert.ok(size > 0 && size <= 350_000, `${size} bytes: ${listed()}`);
});
