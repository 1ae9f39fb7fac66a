// The browser's build answers word for word as the native one: every fixture, as the Rust test wrote it down.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { initSync, Playground } from "../wasm/plimsoll_playground.js";

const target = process.env["CARGO_TARGET_DIR"] ?? new URL("../../../target", import.meta.url).pathname;
const cases = JSON.parse(readFileSync(`${target}/tmp/playground-parity.json`, "utf8"));
initSync({ module: readFileSync(new URL("../wasm/plimsoll_playground_bg.wasm", import.meta.url)) });

test(`${cases.length} fixtures are answered as natively`, () => {
  assert.ok(cases.length > 300);
  const playground = new Playground();
  for (const { name, text, config, checked, reviewed, fixed } of cases) {
    assert.deepEqual(JSON.parse(playground.check(text, JSON.stringify(config))), checked, name);
    assert.deepEqual(JSON.parse(playground.review('{"object":0,"operation":"CREATE"}')), reviewed, name);
    assert.deepEqual(JSON.parse(playground.fix_all(true)), fixed, name);
  }
});
