// Shared by the tests of the page: one browser for the tests of a file, a new page for each test.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before } from "node:test";

import { browse, open, serve } from "./browser.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A Pod with something wrong. */
export const POD =
  "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: web:1\n    securityContext:\n      privileged: true\n";

/** Call it once in a file of tests. What it gives runs a test on a page of its own, which must not complain. */
export function pages() {
  let url;
  let server;
  let context;
  before(async () => {
    ({ url, server } = await serve());
    context = await browse();
    // A state that doesn't come fails the test; one that comes late, on a busy machine, doesn't.
    context.setDefaultTimeout(120_000);
    await context.addInitScript(beginReset);
    await context.addInitScript(listen);
  });
  after(async () => {
    await context?.close();
    server?.close();
  });
  return async (work, { hash = "", tolerated } = {}) => {
    const { page, complaints } = await open(context, url + hash);
    try {
      await work(page, { url, context });
      assert.deepEqual(complaints.filter((complaint) => !tolerated?.test(complaint)), []);
    } finally {
      // An open page would keep saving its draft.
      await page.close();
    }
  };
}

/** Runs in every page before its own scripts: a new tab begins without what others left in the browser. */
function beginReset() {
  if (location.protocol !== "http:" || sessionStorage.getItem("begun")) return;
  sessionStorage.setItem("begun", "yes");
  localStorage.clear();
}

/** Runs in every page before its own scripts: each announcement takes the place of the one before, within a moment or
 * after a minute. */
function listen() {
  window.announced = [];
  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      if (target.id === "announcements") for (const { textContent } of addedNodes) window.announced.push(textContent);
    }
  }).observe(document, { childList: true, subtree: true });
}

/** Waits until the page has announced a text that matches, however short it stood there. */
export async function announced(page, pattern) {
  await page.waitForFunction((pattern) => window.announced.some((text) => pattern.test(text)), pattern);
}

/** The text in the editor. */
export function text(page) {
  return page
    .locator("#editor .cm-content")
    .evaluate((content) => content.cmTile?.view?.state.doc.toString() ?? content.innerText);
}

/** What axe has against the page as it is now. */
export async function violations(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).slice(0, 3).join(" ")}`);
}

/** Opens the example of a policy: "Finding" or "Fixed". */
export async function example(page, policy, kind = "Finding") {
  await page.getByRole("button", { name: "Examples" }).click();
  await page.locator(`dialog[open] [data-policy="${policy}"]`).getByRole("button", { name: kind }).click();
}
