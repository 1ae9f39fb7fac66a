// Drafts: typed text is never lost.

import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";

import { paste, settle } from "./browser.mjs";
import { pages, POD, text, violations } from "./page.mjs";

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
    await page.locator("dialog h2").waitFor();
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
