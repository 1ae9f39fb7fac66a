// What somebody has to download.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url).pathname;
const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
const compressed = (file) => gzipSync(readFileSync(file), { level: 9 }).length;

test("the policies take 700 kB at most", () => {
  const size = files.filter((file) => file.endsWith(".wasm")).reduce((sum, file) => sum + compressed(file), 0);
  assert.ok(size > 0 && size <= 700_000, `${size} bytes`);
});

// Loaded after the first findings: nobody waits for it.
const late = (file) => basename(file) === "schema.json";

test("the fields of Kubernetes' kinds take 100 kB at most", () => {
  const size = files.filter(late).reduce((sum, file) => sum + compressed(file), 0);
  assert.ok(size > 0 && size <= 100_000, `${size} bytes`);
});

test("everything else takes 350 kB at most", () => {
  const size = files.filter((file) => !file.endsWith(".wasm") && !late(file)).reduce((sum, file) => sum + compressed(file), 0);
  assert.ok(size > 0 && size <= 350_000, `${size} bytes`);
});
