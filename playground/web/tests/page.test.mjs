// The page in a real browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { paste, settle } from "./browser.mjs";
import { pages, POD, text, violations } from "./page.mjs";

const onPage = pages();

test("findings are listed, lead to their place and to their documentation", () =>
  onPage(async (page) => {
    await paste(page, POD);
    await settle(page);
    const finding = page.locator('.finding[data-policy="privileged-container"]');
    await finding.locator(".jump").first().click();
    assert.equal(await page.evaluate(() => document.activeElement?.id), "editor");
    await finding.getByRole("button", { name: "privileged-container" }).click();
    const documentation = page.locator("#documentation");
    await documentation.getByRole("heading", { name: "privileged-container" }).waitFor();
    await page.keyboard.press("Escape");
    await documentation.waitFor({ state: "hidden" });
  }));

test("marks explain themselves, and a fix is made at a click", () =>
  onPage(async (page) => {
    await paste(page, "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  progressDeadlineSeconds: 900 # kept\n");
    await settle(page);
    await page.locator("#editor .cm-lintRange", { hasText: "900" }).hover();
    const action = page.locator("#editor .cm-tooltip .cm-diagnosticAction", { hasText: "progressDeadlineSeconds" });
    await action.click();
    await page.locator('.finding[data-policy="slow-rollout-failure"]').waitFor({ state: "detached" });
    assert.match(await text(page), /progressDeadlineSeconds: \d+ # kept/);
    assert.doesNotMatch(await text(page), /900/);
  }));

test("a finding is excused with a reason", () =>
  onPage(async (page) => {
    await paste(page, POD);
    await settle(page);
    const finding = page.locator('.finding[data-policy="privileged-container"]');
    await finding.getByRole("button", { name: "Excuse …" }).click();
    await finding.getByLabel("Reason").fill("it mounts disks");
    await page.keyboard.press("Enter");
    await finding.waitFor({ state: "detached" });
    assert.match(await text(page), /plimsoll\.dev\/ignore\.privileged-container\.web: it mounts disks/);
  }));

test("the profile, the filters and the grouping choose what is shown", () =>
  onPage(async (page) => {
    const count = () => page.locator(".finding").count();
    const production = await count();
    await page.getByLabel("Profile").selectOption("starter");
    await settle(page);
    await page.waitForFunction((before) => document.querySelectorAll(".finding").length < before, production);
    await page.getByLabel("Profile").selectOption("strict");
    await page.waitForFunction((before) => document.querySelectorAll(".finding").length > before, production);
    await page.getByLabel("Severity").selectOption("high");
    assert.equal(await page.locator('.finding:not([data-severity="high"]):not([data-severity="critical"])').count(), 0);
    await page.getByLabel("Group by").selectOption("practice");
    assert.ok((await page.locator(".group").count()) > 3);
    await page.getByLabel("Category").selectOption("security");
    assert.ok((await count()) > 0);
  }));

test("the last good findings stay while the text can't be read", () =>
  onPage(async (page) => {
    const before = await page.locator(".finding").count();
    await page.locator("#editor .cm-content").click();
    await page.keyboard.press("ControlOrMeta+End");
    await page.keyboard.insertText("\nbroken: [");
    await page.locator(".errors").waitFor();
    assert.equal(await page.locator(".finding").count(), before);
    assert.match((await page.locator(".summary").textContent()) ?? "", /could no longer be read/);
    await page.keyboard.press("ControlOrMeta+z");
    await page.locator(".errors").waitFor({ state: "detached" });
  }));

test("an example is one choice away", () =>
  onPage(async (page) => {
    await page.getByLabel("Examples").selectOption({ label: "drain-deadlock" });
    await page.locator('.finding[data-policy="drain-deadlock"]').first().waitFor();
  }));

test("a crash is told, the text stays, and the next change is judged", () =>
  onPage(async (page) => {
    const [worker] = page.workers();
    await worker.evaluate(() => setTimeout(() => { throw new Error("broken on purpose"); }));
    await page.locator('.notice[data-kind="crash"]').waitFor();
    assert.match(await text(page), /storefront/);
    await paste(page, POD);
    await page.locator('.finding[data-policy="privileged-container"]').waitFor();
  }));

test("manifests are text, whatever they hold", () =>
  onPage(async (page) => {
    const evil = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>';
    await paste(page, POD.replaceAll("name: web", `name: '${evil}'`).replace("name: ", "namespace: <b>bold</b>\n  name: "));
    await settle(page);
    await page.locator(".finding").first().waitFor();
    await page.locator("#editor .cm-lintRange").first().hover();
    await page.locator("#editor .cm-tooltip").waitFor();
    assert.equal(await page.evaluate(() => window.hit), undefined);
    assert.equal(await page.locator("#panel img, #panel b, #panel script").count(), 0);
    assert.match((await page.locator(".group h2").first().textContent()) ?? "", /<b>bold<\/b>/);
  }));

test("hostile text leaves the page usable", () =>
  onPage(async (page) => {
    const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${"bcdefghi".split("").map((name, n) => `${name}: &${name} [${Array(9).fill(`*${"abcdefgh"[n]}`).join(", ")}]`).join("\n")}\n`;
    for (const hostile of [bomb, "[".repeat(20_000), `${"  ".repeat(200)}- x`, "\u0000\ufffe", "kind: ".repeat(2000), `a: ${"{".repeat(150)}${"}".repeat(150)}`]) {
      await paste(page, hostile);
      await settle(page);
    }
    await paste(page, POD);
    await page.locator('.finding[data-policy="privileged-container"]').waitFor();
  }));

for (const dark of [false, true]) {
  test(`nothing is inaccessible, ${dark ? "dark" : "light"}`, () =>
    onPage(async (page) => {
      await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
      assert.deepEqual(await violations(page), []);
      await page.locator(".finding .quiet").first().click();
      await page.locator("#documentation h2").waitFor();
      assert.deepEqual(await violations(page), []);
    }));
}

test("everything fits a phone", () =>
  onPage(async (page) => {
    await page.setViewportSize({ width: 390, height: 844 });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 390));
  }));

test("the keyboard reaches everything", () =>
  onPage(async (page) => {
    await page.locator("#editor .cm-content").click();
    await page.keyboard.press("Escape");
    const reached = new Set();
    for (let n = 0; n < 12; n++) {
      await page.keyboard.press("Tab");
      reached.add(await page.evaluate(() => document.activeElement?.getAttribute("role") ?? document.activeElement?.tagName));
    }
    assert.ok(reached.has("tab") && reached.has("SELECT") && reached.has("BUTTON"), [...reached].join(" "));
  }));
