// Drafts: typed text is never lost.

import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";

import { paste, settle } from "./browser.mjs";
import { example, pages, POD, text, violations } from "./page.mjs";

const onPage = pages();

const LINKED = POD.replace("name: web\nspec", "name: linked\nspec");
const HASH = `#1.${deflateRawSync(JSON.stringify({ text: LINKED })).toString("base64url")}`;

const drafts = (page) => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("plimsoll.draft")));

async function reload(page) {
  await page.reload();
  await page.locator(".finding").first().waitFor();
}

test("text and choices survive a reload, even one right after the last key", () =>
  onPage(async (page) => {
    await page.getByLabel("Profile", { exact: true }).selectOption("strict");
    await page.getByRole("tab", { name: "Policies" }).click();
    await page.getByRole("switch", { name: "mutable-image-tag" }).uncheck();
    await page.getByRole("tab", { name: "Findings" }).click();
    await paste(page, POD);
    await reload(page);
    await page.locator('.finding[data-policy="privileged-container"]').waitFor();
    assert.equal(await text(page), POD);
    assert.equal(await page.getByLabel("Profile", { exact: true }).inputValue(), "strict");
    await page.getByRole("tab", { name: "Policies" }).click();
    assert.ok(!(await page.getByRole("switch", { name: "mutable-image-tag" }).isChecked()));
  }));

test("without changes no draft is kept", () =>
  onPage(async (page) => {
    await page.getByLabel("Profile", { exact: true }).selectOption("strict");
    await page.waitForFunction(() => localStorage.getItem("plimsoll.draft") !== null);
    await page.getByLabel("Profile", { exact: true }).selectOption("production");
    await page.waitForFunction(() => localStorage.getItem("plimsoll.draft") === null);
    await reload(page);
    assert.deepEqual(await drafts(page), []);
  }));

test("a text that is too large for the browser's storage does no harm", () =>
  onPage(async (page) => {
    await paste(page, `${POD}# ${"x".repeat(6_000_000)}\n`);
    await page.getByLabel("Profile", { exact: true }).selectOption("strict");
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide")));
    await page.locator('.finding[data-policy="privileged-container"]').waitFor();
  }));

test("a link overrides a draft, which is offered", () =>
  onPage(async (page, { url }) => {
    await paste(page, POD);
    await settle(page);
    await page.goto("about:blank");
    await page.goto(url + HASH);
    await page.locator(".finding").first().waitFor();
    assert.equal(await text(page), LINKED);
    assert.deepEqual(await violations(page), []);
    await page.getByRole("button", { name: "Back to your draft" }).click();
    await page.waitForFunction(() => location.hash === "");
    assert.equal(await text(page), POD);
    await reload(page);
    assert.equal(await text(page), POD);
  }));

test("a link without changes leaves the draft as it is", () =>
  onPage(async (page, { url }) => {
    await paste(page, POD);
    await settle(page);
    await page.goto("about:blank");
    await page.goto(url + HASH);
    await page.locator(".finding").first().waitFor();
    await page.goto("about:blank");
    await page.goto(url);
    await page.locator(".finding").first().waitFor();
    assert.equal(await text(page), POD);
    assert.equal(await page.locator(".notice").count(), 0);
  }));

test("edits of a link's content are kept, and so is the draft from before", () =>
  onPage(async (page, { url }) => {
    await paste(page, POD);
    await settle(page);
    await page.goto("about:blank");
    await page.goto(url + HASH);
    await page.locator(".finding").first().waitFor();
    const worked = LINKED.replace("linked", "worked");
    await paste(page, worked);
    await page.waitForFunction(() => location.hash === "");
    await reload(page);
    assert.equal(await text(page), worked);
    await page.getByRole("button", { name: "Back to your draft" }).click();
    assert.equal(await text(page), POD);
    await reload(page);
    assert.equal(await text(page), POD);
    assert.equal(await page.locator(".notice").count(), 0);
  }));

test("a link to the shown content offers no draft", () =>
  onPage(async (page) => {
    await paste(page, POD);
    await settle(page);
    await page.getByRole("button", { name: "Share" }).click();
    await page.locator("dialog.share h2").waitFor();
    await page.keyboard.press("Escape");
    await reload(page);
    assert.match(page.url(), /#1\./);
    assert.equal(await text(page), POD);
    assert.equal(await page.locator(".notice").count(), 0);
  }));

test("a reset removes everything, and can be undone", () =>
  onPage(async (page) => {
    const first = await text(page);
    await paste(page, POD);
    await page.getByLabel("Profile", { exact: true }).selectOption("strict");
    await settle(page);
    const start = page.getByRole("button", { name: "Reset" });
    await start.click();
    await page.waitForFunction(() => localStorage.getItem("plimsoll.draft") === null);
    assert.equal(await text(page), first);
    assert.equal(await page.getByLabel("Profile", { exact: true }).inputValue(), "production");
    await page.getByRole("button", { name: "Back to your draft" }).click();
    assert.equal(await text(page), POD);
    assert.equal(await page.getByLabel("Profile", { exact: true }).inputValue(), "strict");
    await start.click();
    await page.waitForFunction(() => localStorage.getItem("plimsoll.draft") === null);
    await reload(page);
    assert.equal(await text(page), first);
    assert.deepEqual(await drafts(page), []);
  }));

test("a damaged draft is ignored", () =>
  onPage(async (page) => {
    for (const damaged of ["{", '{"plimsollPlayground": 1, "text": []}', '{"plimsollPlayground": 99}', "null"]) {
      await page.evaluate((damaged) => localStorage.setItem("plimsoll.draft", damaged), damaged);
      await reload(page);
      assert.match(await text(page), /kind: /);
    }
  }));

test("each tab has its own draft, and a new one begins with the last", () =>
  onPage(async (page, { url, context }) => {
    const other = await context.newPage();
    // A new tab of a test forgets what others left, but only once.
    await other.goto(`${url}icon.svg`);
    await paste(page, POD);
    await settle(page);
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide")));
    await other.goto(url);
    await other.locator('.finding[data-policy="privileged-container"]').waitFor();
    const own = POD.replaceAll("web", "other");
    await paste(other, own);
    await settle(other);
    await other.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide")));
    await reload(page);
    assert.equal(await text(page), POD);
    await reload(other);
    assert.equal(await text(other), own);
    await other.close();
  }));

test("an example replaces a text with a way back, and the text is in the history", () =>
  onPage(async (page) => {
    // From one example to another there is nothing to lose.
    await example(page, "bare-pod");
    await settle(page);
    assert.equal(await page.locator('.notice[data-kind="draft"]').count(), 0);
    await paste(page, POD);
    await settle(page);
    await example(page, "drain-deadlock");
    await page.locator('.notice[data-kind="draft"]', { hasText: "The example drain-deadlock is shown." }).waitFor();
    await page.getByRole("button", { name: "Back to your draft" }).click();
    await page.getByRole("heading", { name: "Pod web" }).waitFor();
    assert.equal(await text(page), POD);
    for (let n = 0; n < 12; n++) {
      await paste(page, POD.replaceAll("web", `web-${n}`));
      await settle(page);
      await page.getByRole("button", { name: "Reset" }).click();
      await page.locator(".group h2", { hasText: "storefront" }).first().waitFor();
    }
    await page.getByRole("button", { name: "History" }).click();
    const items = page.locator("dialog.history li");
    assert.equal(await items.count(), 10);
    assert.deepEqual(await violations(page), []);
    await items.filter({ hasText: "Pod web-5" }).getByRole("button", { name: "Show" }).click();
    await page.getByRole("heading", { name: "Pod web-5" }).waitFor();
    assert.equal(await text(page), POD.replaceAll("web", "web-5"));
  }));

test("a text that the browser has no room for is told once", () =>
  onPage(async (page) => {
    await paste(page, `${POD}# ${"x".repeat(6_000_000)}\n`);
    await page.locator('.notice[data-kind="kept"]', { hasText: "Save it before you leave" }).waitFor();
    await page.getByRole("button", { name: "Dismiss" }).click();
    await page.getByLabel("Profile", { exact: true }).selectOption("strict");
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide")));
    assert.equal(await page.locator(".notice").count(), 0);
  }));
