// Ids that policies had: no policy has had another yet, so that no page shows what becomes of them.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { before, test } from "node:test";
import { transformWithOxc } from "vite";

let byCurrentIds;

before(async () => {
  const source = await readFile(new URL("../src/renamed.ts", import.meta.url), "utf8");
  const { code } = await transformWithOxc(source, "renamed.ts");
  ({ byCurrentIds } = await import(`data:text/javascript,${encodeURIComponent(code)}`));
});

const RENAMED = { "old-name": "new-name", "first-name": "new-name" };

test("a choice by an old id is one for the policy", () => {
  const choice = { enabled: false, settings: { min: 3 } };
  const other = { enabled: true };
  assert.deepEqual(byCurrentIds({ "old-name": choice, "root-user": other }, RENAMED), { "new-name": choice, "root-user": other });
});

test("of two choices for a policy, that by its current id counts", () => {
  for (const policies of [
    { "old-name": { enabled: false }, "new-name": { enabled: true } },
    { "new-name": { enabled: true }, "old-name": { enabled: false } },
  ]) {
    assert.deepEqual(byCurrentIds(policies, RENAMED), { "new-name": { enabled: true } });
  }
});

test("choices by current ids stay the same object", () => {
  const policies = { "root-user": { enabled: true }, constructor: {} };
  assert.equal(byCurrentIds(policies, RENAMED), policies);
});
