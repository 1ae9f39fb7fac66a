// The fixed text, and applying it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { paste, settle } from "./browser.mjs";
import { announced, pages, POD, text, violations } from "./page.mjs";

const onPage = pages();

const BUDGET =
  "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: web # kept\nspec:\n  maxUnavailable: 1\n  unhealthyPodEvictionPolicy: IfHealthyBudget # kept too\n";

async function open(page, summary) {
  await settle(page);
  await page.locator("#tab-fixed").click();
  await page.locator("#panel-fixed .summary", { hasText: summary }).waitFor();
}

/** The text of one of the two sides, as far as it is shown. */
const side = (page, label) => page.locator(`#panel-fixed [aria-label="${label}"]`);

test("safe fixes are shown beside the text, with unchanged parts folded", () =>
  onPage(async (page) => {
    await open(page, /^\d+ fixes ready\.$/);
    await side(page, "Fixed").locator(".cm-changedLine").first().waitFor();
    await side(page, "As it is").locator(".cm-changedLine").first().waitFor();
    await side(page, "Fixed").locator(".cm-collapsedLines").first().waitFor();
    // It is read-only.
    await side(page, "Fixed").focus();
    await page.keyboard.type("x");
    assert.equal(await side(page, "Fixed").getAttribute("contenteditable"), "false");
    await page.getByLabel("Unchanged lines too").check();
    await side(page, "Fixed").locator(".cm-collapsedLines").waitFor({ state: "detached" });
    await side(page, "Fixed").locator(".cm-line", { hasText: "kind: ServiceAccount" }).waitFor();
  }));

test("unsafe fixes are made only on request, and marked as such", () =>
  onPage(async (page) => {
    await open(page, /^\d+ fixes ready\.$/);
    const safe = Number.parseInt(await page.locator("#panel-fixed .summary").textContent(), 10);
    await page.getByLabel("Also fixes that may change behaviour").check();
    await page.locator("#panel-fixed .summary", { hasText: "some of which may change behaviour" }).waitFor();
    const all = Number.parseInt(await page.locator("#panel-fixed .summary").textContent(), 10);
    assert.ok(all > safe, `${all} > ${safe}`);
  }));

test("the fixes are applied and undone in one step", () =>
  onPage(async (page) => {
    await open(page, /^\d+ fixes ready\.$/);
    const before = await text(page);
    await side(page, "Fixed").waitFor();
    await page.getByRole("button", { name: "Apply to the editor" }).click();
    await announced(page, /^\d+ fixes applied$/);
    await page.waitForFunction(() => document.activeElement?.classList.contains("summary"));
    await settle(page);
    const after = await text(page);
    assert.notEqual(after, before);
    await page.locator("#panel-fixed .summary", { hasText: /no safe fix|nothing to fix|brings a fix/ }).waitFor();
    assert.ok(await page.getByRole("button", { name: "Apply to the editor" }).isHidden());
    await page.locator("#editor .cm-content").click();
    await page.keyboard.press("ControlOrMeta+z");
    assert.equal(await text(page), before);
    await page.keyboard.press("ControlOrMeta+y");
    assert.equal(await text(page), after);
  }));

test("comments stay, and the original text is not downloaded", () =>
  onPage(async (page, { context }) => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await paste(page, BUDGET);
    await open(page, /ready\.$|no safe fix/);
    await page.getByLabel("Also fixes that may change behaviour").check();
    await page.locator("#panel-fixed .summary", { hasText: "may change behaviour." }).waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download manifest.yaml" }).click();
    const file = await download;
    assert.equal(file.suggestedFilename(), "manifest.yaml");
    const downloaded = await readFile(await file.path(), "utf8");
    assert.match(downloaded, /name: web # kept\n/);
    assert.match(downloaded, /unhealthyPodEvictionPolicy: AlwaysAllow # kept too\n/);
    assert.doesNotMatch(downloaded, /IfHealthyBudget|\r/);
    await page.getByRole("button", { name: "Copy the fixed manifest" }).click();
    await announced(page, /^Copied: the fixed manifest$/);
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), downloaded);
  }));

/** What the download gives, with all fixes. */
async function downloaded(page) {
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download manifest.yaml" }).click();
  return readFile(await (await download).path(), "utf8");
}

test("a text with Windows line endings keeps them", () =>
  onPage(async (page) => {
    const windows = BUDGET.replaceAll("\n", "\r\n");
    await paste(page, windows);
    await open(page, /ready\.$|no safe fix/);
    await page.getByLabel("Also fixes that may change behaviour").check();
    await page.locator("#panel-fixed .summary", { hasText: "may change behaviour." }).waitFor();
    const all = await downloaded(page);
    assert.equal(all.match(/\r\n/g)?.length, all.match(/\n/g)?.length);
    assert.doesNotMatch(all, /\r\r/);
    // Pasting a part changes nothing.
    await page.locator("#editor .cm-content").click();
    await page.keyboard.press("ControlOrMeta+End");
    await page.locator("#editor .cm-content").evaluate((content) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", "# one\n# two\n# three\n");
      content.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    });
    await side(page, "Fixed").locator(".cm-line", { hasText: "# three" }).waitFor();
    assert.match(await downloaded(page), /# two\r\n# three\r\n$/);
    // Another text has its own, and undo restores the previous ones.
    await paste(page, BUDGET);
    await side(page, "Fixed").locator(".cm-line", { hasText: "# three" }).waitFor({ state: "detached" });
    assert.doesNotMatch(await downloaded(page), /\r/);
    await page.locator("#editor .cm-content").click();
    await page.keyboard.press("ControlOrMeta+z");
    await side(page, "Fixed").locator(".cm-line", { hasText: "# three" }).waitFor();
    assert.match(await downloaded(page), /# three\r\n$/);
  }));

test("fixes that can't be made in the text are reported with the reason", () =>
  onPage(async (page) => {
    // An alias: the same text is at another place too.
    const shared = POD.replace("privileged: true", "privileged: true\n    resources: &same {}\n  - name: other\n    image: web:1\n    resources: *same");
    await paste(page, shared);
    await open(page, /./);
    await page.getByLabel("Also fixes that may change behaviour").check();
    await page.locator("#panel-fixed details li", { hasText: /line \d+: / }).first().waitFor();
    assert.match(await page.locator("#panel-fixed details summary").textContent(), /can't be made in the text$/);
  }));

test("credentials that stay in the fixed manifest are told before it is copied", () =>
  onPage(async (page) => {
    const key = ["AKIA", "ZQ3DRSTUVWXY2345"].join("");
    const pod = POD.replace("    securityContext", `    env:\n    - name: KEY\n      value: ${key}\n    securityContext`);
    await paste(page, `${BUDGET}---\n${pod}`);
    await page.locator("#tab-fixed").click();
    await page.getByLabel("Also fixes that may change behaviour").check();
    await page.locator("#panel-fixed .summary", { hasText: /fix(es)? ready/ }).waitFor();
    const warning = page.locator("#panel-fixed .warning");
    await warning.filter({ hasText: "The fixed manifest still holds a credential." }).waitFor();
    await paste(page, POD);
    await warning.waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Copy the fixed manifest" }).waitFor();
  }));

test("an unreadable text is not fixed, and the last comparison is marked as outdated", () =>
  onPage(async (page) => {
    await open(page, /ready\.$/);
    await side(page, "Fixed").waitFor();
    await page.locator("#editor .cm-content").click();
    await page.keyboard.press("ControlOrMeta+End");
    await page.keyboard.insertText("\nbroken: [");
    await page.locator("#panel-fixed .diff.outdated").waitFor();
    const broken = await text(page);
    await page.getByRole("button", { name: "Apply to the editor" }).click();
    await page.locator('.notice[data-kind="fix"]', { hasText: "the text has changed" }).waitFor();
    assert.equal(await text(page), broken);
    await page.getByLabel("Also fixes that may change behaviour").check();
    await page.locator("#panel-fixed .summary", { hasText: "cannot be read" }).waitFor();
  }));

test("without fixes there is nothing to apply", () =>
  onPage(async (page) => {
    await paste(page, "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: one\nautomountServiceAccountToken: false\n");
    await open(page, "There is nothing to fix.");
    assert.equal(await page.locator("#panel-fixed").getByRole("button").count(), 0);
  }));

test("a manifest's text is never markup", () =>
  onPage(async (page) => {
    await paste(page, BUDGET.replace("name: web", "name: '<img src=x onerror=\"window.hit=1\">'"));
    await open(page, /ready\.$|no safe fix/);
    await page.getByLabel("Also fixes that may change behaviour").check();
    await side(page, "Fixed").locator(".cm-line", { hasText: "onerror" }).waitFor();
    assert.equal(await page.evaluate(() => window.hit), undefined);
  }));

for (const dark of [false, true]) {
  test(`the view is accessible, and a phone shows a unified comparison, ${dark ? "dark" : "light"}`, () =>
    onPage(async (page) => {
      await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
      await open(page, /ready\.$/);
      await side(page, "Fixed").locator(".cm-changedLine").first().waitFor();
      assert.deepEqual(await violations(page), []);
      await page.setViewportSize({ width: 390, height: 844 });
      await side(page, "Changes").locator(".cm-changedLine, .cm-insertedLine").first().waitFor();
      assert.equal(await side(page, "Fixed").count(), 0);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 390));
      assert.deepEqual(await violations(page), []);
    }));
}

test("the comparison's code is loaded on demand", () =>
  onPage(async (page, { url, context }) => {
    const other = await context.newPage();
    const asked = [];
    other.on("request", (request) => asked.push(request.url()));
    await other.goto(url);
    await other.locator(".finding").first().waitFor();
    const loaded = () => asked.filter((address) => /\/diff-[^/]+\.js$/.test(address)).length;
    const before = loaded();
    await other.locator("#tab-fixed").click();
    await other.locator("#panel-fixed .cm-changedLine").first().waitFor();
    assert.deepEqual([before, loaded()], [0, 1]);
    await other.close();
  }));
