// The download size of the page until the first findings, compressed as hosts do it best.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { brotliCompressSync } from "node:zlib";

import { browse, DIST, open, serve } from "./browser.mjs";

let server;
let context;
/** The files that the page asked for until then, by their names in the built folder, and their sizes as they travel. */
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

const compressed = (file) => brotliCompressSync(readFileSync(join(DIST, file))).length;

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

test("the policies take at most 680 kB", () => {
  const size = total((file) => file.endsWith(".wasm"));
  assert.ok(size > 0 && size <= 680_000, `${size} bytes`);
});

/** Loaded when the page is idle after the first findings, so it delays nothing: the fields of Kubernetes' kinds, what the
 * editor can do without at first, and what is kept for the next visit. */
const LATE = /^schema\.json$|^assets\/late-|^service-worker\.js$/;

test("the fields of Kubernetes' kinds take at most 60 kB", () => {
  const size = compressed("schema.json");
  assert.ok(size > 0 && size <= 60_000, `${size} bytes`);
});

test("everything else takes at most 140 kB", (context) => {
  const size = total((file) => !file.endsWith(".wasm") && !LATE.test(file));
  context.diagnostic(listed());
  assert.ok(size > 0 && size <= 140_000, `${size} bytes: ${listed()}`);
});

test("nothing is loaded that only a click shows", () => {
  const early = [...loaded.keys()].filter((file) => /examples\.json|policies|cluster|fixed|frame|export|diff|formats/.test(file));
  assert.deepEqual(early, []);
  assert.ok(loaded.has("example.yaml"), listed());
});
