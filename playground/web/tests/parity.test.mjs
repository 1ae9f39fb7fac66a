// The browser's build gives the same answers as the native one: every fixture, as the Rust test recorded it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";

import { initSync, Playground } from "@plimsoll/core";

import { settle } from "./browser.mjs";
import { pages, text } from "./page.mjs";

const target = process.env["CARGO_TARGET_DIR"] ?? new URL("../../../target", import.meta.url).pathname;
const cases = JSON.parse(readFileSync(`${target}/tmp/playground-parity.json`, "utf8"));

test(`${cases.length} fixtures are answered like natively`, () => {
  initSync({ module: readFileSync(new URL(import.meta.resolve("@plimsoll/core/plimsoll_playground_bg.wasm"))) });
  assert.ok(cases.length > 300);
  const playground = new Playground();
  for (const { name, text, config, checked, reviewed, report, fixed } of cases) {
    assert.deepEqual(JSON.parse(playground.check(text, JSON.stringify(config))), checked, name);
    assert.deepEqual(JSON.parse(playground.review('{"object":0,"operation":"CREATE"}')), reviewed, name);
    if (report !== null) assert.equal(JSON.parse(playground.report()), report, name);
    assert.deepEqual(JSON.parse(playground.fix_all(true)), fixed, name);
  }
});

/** Every so many cases are opened in the page. */
const STRIDE = 40;

const onPage = pages();
const sample = cases.filter(({ checked }) => checked.findings.length > 0).filter((_, position) => position % STRIDE === 0);

test(`${sample.length} of them have the same findings in the page`, () =>
  onPage(async (page) => {
    assert.ok(sample.length > 10);
    for (const { name, text: manifest, config, checked } of sample) {
      const { profile, kubernetesVersion, policies, complete } = config;
      const saved = { text: manifest, profile, kubernetesVersion: kubernetesVersion ?? undefined, policies, complete };
      const hash = `#1.${deflateRawSync(JSON.stringify(saved)).toString("base64url")}`;
      await page.evaluate((hash) => (location.hash = hash), hash);
      await page.waitForFunction((id) => document.querySelector(`.finding[data-policy="${id}"]`), checked.findings[0].policy);
      await settle(page);
      assert.equal(await text(page), manifest.replace(/\r\n?/g, "\n"), name);
      const shown = await page.locator(".finding:not(.schema-note)").evaluateAll((findings) =>
        findings.map((finding) => `${finding.dataset.policy}: ${finding.querySelector(".jump")?.textContent}`),
      );
      const expected = checked.findings.map(({ policy, message }) => `${policy}: ${message}`);
      assert.deepEqual(shown.sort(), expected.sort(), name);
    }
  }));
