// The page in a real browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { paste, settle } from "./browser.mjs";
import { announced, example, pages, POD, text, violations } from "./page.mjs";

const onPage = pages();

test("findings are listed with links to their place and documentation", () =>
  onPage(async (page) => {
    await paste(page, POD);
    await settle(page);
    const finding = page.locator('.finding[data-policy="privileged-container"]');
    await finding.locator(".jump").first().click();
    assert.equal(await page.evaluate(() => document.activeElement?.id), "editor");
    await finding.getByRole("button", { name: /^privileged-container/ }).click();
    const documentation = page.locator("#documentation");
    await documentation.getByRole("heading", { name: "privileged-container" }).waitFor();
    await page.keyboard.press("Escape");
    await documentation.waitFor({ state: "hidden" });
  }));

test("marks have explanations, and a click applies a fix", () =>
  onPage(async (page) => {
    await paste(page, "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: web\nspec:\n  maxUnavailable: 1\n  unhealthyPodEvictionPolicy: IfHealthyBudget # kept\n");
    await settle(page);
    await page.locator("#editor .cm-lintRange", { hasText: "IfHealthyBudget" }).hover();
    const action = page.locator("#editor .cm-tooltip .cm-diagnosticAction", { hasText: "AlwaysAllow" });
    await action.click();
    await page.locator('.finding[data-policy="stuck-unhealthy-pods"]').waitFor({ state: "detached" });
    assert.match(await text(page), /unhealthyPodEvictionPolicy: AlwaysAllow # kept/);
    assert.doesNotMatch(await text(page), /IfHealthyBudget/);
  }));

test("a finding is exempted with a reason", () =>
  onPage(async (page) => {
    await paste(page, POD);
    await settle(page);
    const finding = page.locator('.finding[data-policy="privileged-container"]');
    await finding.getByRole("button", { name: "Exempt …" }).click();
    await finding.getByLabel("Reason").fill("it mounts disks");
    await page.keyboard.press("Enter");
    await finding.waitFor({ state: "detached" });
    assert.match(await text(page), /plimsoll\.dev\/ignore\.privileged-container\.web: it mounts disks/);
  }));

test("profile, filters and grouping select the shown findings", () =>
  onPage(async (page) => {
    const count = () => page.locator(".finding").count();
    const production = await count();
    await page.getByLabel("Profile").selectOption("starter");
    await settle(page);
    await page.waitForFunction((before) => document.querySelectorAll(".finding").length < before, production);
    await page.getByLabel("Profile").selectOption("strict");
    await page.waitForFunction((before) => document.querySelectorAll(".finding").length > before, production);
    await page.getByRole("button", { name: /^\d+ high$/ }).click();
    assert.ok((await count()) > 0);
    assert.equal(await page.locator('.finding:not([data-severity="high"])').count(), 0);
    await page.getByRole("button", { name: /^\d+ medium$/ }).click();
    assert.ok((await page.locator('.finding[data-severity="medium"]').count()) > 0);
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

test("choosing an example opens it", () =>
  onPage(async (page) => {
    await example(page, "drain-deadlock");
    await page.locator('.finding[data-policy="drain-deadlock"]').first().waitFor();
  }));

test("every policy has an example with a finding and one without", () =>
  onPage(async (page) => {
    await page.getByRole("button", { name: "Examples" }).click();
    const items = page.locator("dialog[open] [data-policy]");
    await items.nth(100).waitFor({ state: "attached" });
    const failing = await items.filter({ has: page.getByRole("button", { name: "Finding" }) }).evaluateAll((items) => items.map(({ dataset }) => dataset.policy));
    assert.equal(await items.filter({ has: page.getByRole("button", { name: "Fixed" }) }).count(), failing.length);
    assert.ok(failing.length > 100);
    await page.keyboard.press("Escape");
    // With settings, with complete input, and outside the profile.
    for (const policy of ["missing-pull-secret", "missing-disruption-budget", "cold-start"]) {
      assert.ok(failing.includes(policy));
      const finding = page.locator(`.finding[data-policy="${policy}"]`).first();
      await example(page, policy);
      await finding.waitFor();
      await example(page, policy, "Fixed");
      await finding.waitFor({ state: "detached" });
    }
  }));

test("the text can be searched and folded by keyboard", () =>
  onPage(async (page) => {
    await paste(page, POD);
    await page.locator('#editor[data-schema="ready"]').waitFor();
    await page.keyboard.press("ControlOrMeta+Home");
    await page.keyboard.press("ControlOrMeta+f");
    await page.locator("#editor .cm-search input[name=search]").pressSequentially("privileged");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("#editor .cm-activeLine").textContent(), "      privileged: true");
    await page.keyboard.press("ControlOrMeta+Home");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ControlOrMeta+Shift+BracketLeft");
    await page.locator("#editor .cm-foldPlaceholder").waitFor();
    assert.doesNotMatch(await page.locator("#editor .cm-content").innerText(), /name: web\n *spec/);
  }));

test("the theme can be chosen and is remembered", () =>
  onPage(async (page) => {
    const colour = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await colour();
    await page.getByLabel("Colours").selectOption("dark");
    const dark = await colour();
    assert.notEqual(dark, light);
    await page.reload();
    await page.locator(".finding").first().waitFor();
    assert.equal(await colour(), dark);
    await page.getByLabel("Colours").selectOption("light");
    assert.equal(await colour(), light);
  }));

test("the outcome of a change is announced to screen readers", () =>
  onPage(async (page) => {
    await settle(page);
    await page.evaluate(() => window.announced.splice(0));
    await paste(page, POD);
    await announced(page, /^\d+ findings$/);
    await paste(page, "kind: [");
    await announced(page, /cannot be read/);
  }));

test("a crash is reported, the text stays, and the next change is checked", () =>
  onPage(async (page) => {
    const [worker] = page.workers();
    await worker.evaluate(() => setTimeout(() => { throw new Error("broken on purpose"); }));
    await page.locator('.notice[data-kind="crash"]').waitFor();
    assert.match(await text(page), /storefront/);
    await paste(page, POD);
    await page.locator('.finding[data-policy="privileged-container"]').waitFor();
  }));

test("manifests are never markup", () =>
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
    const nested = Array.from({ length: 1000 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n");
    const many = `${POD}---\n`.repeat(8000);
    for (const [what, hostile] of Object.entries({
      "an alias bomb": bomb,
      "open brackets": "[".repeat(20_000),
      "a thousand levels": nested,
      "far to the right": `${"  ".repeat(200)}- x`,
      "no text": "\u0000\ufffe",
      "half of a surrogate pair": `a: "\ud800"\n`,
      "keys without end": "kind: ".repeat(2000),
      "braces": `a: ${"{".repeat(150)}${"}".repeat(150)}`,
      "tabs": "a:\n\tb: 1\n",
      "a key twice": `${POD}kind: Pod\n`,
      "a string without end": 'a: "b\n',
      "nothing but marks": "---\n---\n...\n---\n",
      "a megabyte on one line": `a: ${"x".repeat(1_000_000)}`,
      "a megabyte of objects": many,
    })) {
      await paste(page, hostile);
      await settle(page);
      assert.equal(await page.locator('.notice[data-kind="crash"]').count(), 0, what);
    }
    // A broken document doesn't affect the others.
    await paste(page, `\ufeff${POD}---\na:\n\tb: 1\n---\n${POD.replace("name: web", "name: other")}`.replaceAll("\n", "\r\n"));
    await page.locator(".errors li", { hasText: /^Line 1[0-9] cannot be read/ }).first().waitFor();
    await page.locator(".group h2", { hasText: "Pod other" }).waitFor();
    await paste(page, POD);
    await settle(page);
    await page.locator('.finding[data-policy="privileged-container"]').waitFor();
  },
  // The editor's highlighting may give up on thousands of open brackets, after everything else is done.
  { tolerated: /Maximum call stack size exceeded/ }));

for (const dark of [false, true]) {
  test(`the page is accessible, ${dark ? "dark" : "light"}`, () =>
    onPage(async (page) => {
      await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
      assert.deepEqual(await violations(page), []);
      await page.locator(".finding .quiet").first().click();
      await page.locator("#documentation h2").waitFor();
      assert.deepEqual(await violations(page), []);
    }));
}

test("the page fits a phone", () =>
  onPage(async (page) => {
    await page.setViewportSize({ width: 390, height: 844 });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 390));
  }));

test("everything is reachable by keyboard", () =>
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

test("the skip link and ten keys reach the sixtieth finding", () =>
  onPage(async (page) => {
    await paste(page, Array.from({ length: 12 }, (_, n) => POD.replaceAll("web", `web-${n}`)).join("---\n"));
    await settle(page);
    await page.getByRole("button", { name: /^Show \d+ more/ }).click();
    await page.locator(".skip").focus();
    await page.keyboard.press("Enter");
    for (let n = 0; n < 5; n++) await page.keyboard.press("PageDown");
    for (let n = 0; n < 4; n++) await page.keyboard.press("ArrowDown");
    assert.ok(await page.locator(".finding").nth(54).locator(".jump").first().evaluate((jump) => jump === document.activeElement));
    await page.keyboard.press("ArrowUp");
    assert.ok(await page.locator(".finding").nth(53).locator(".jump").first().evaluate((jump) => jump === document.activeElement));
  }));

test("the border between editor and results moves by keys and by pointer, and is remembered", () =>
  onPage(async (page) => {
    const border = page.getByRole("separator", { name: "Width of the editor" });
    const width = () => page.locator("#editor").evaluate((editor) => Math.round((editor.clientWidth / innerWidth) * 100));
    assert.equal(await width(), 50);
    await border.focus();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await width(), 46);
    assert.equal(await border.getAttribute("aria-valuenow"), "46");
    const box = await border.boundingBox();
    await page.mouse.move(box.x + 3, 400);
    await page.mouse.down();
    await page.mouse.move(1400 * 0.7, 400);
    await page.mouse.up();
    assert.equal(await width(), 70);
    await page.reload();
    await page.locator(".finding").first().waitFor();
    assert.equal(await width(), 70);
    await border.dblclick();
    assert.equal(await width(), 50);
  }));

test("on a phone the page shows the editor or the results, and a jump has a way back", () =>
  onPage(async (page) => {
    await page.setViewportSize({ width: 390, height: 844 });
    const editor = page.locator("#editor");
    assert.ok(await editor.isHidden());
    const first = page.locator(".finding .jump").first();
    await first.scrollIntoViewIfNeeded();
    // The tabs stay above what scrolls.
    assert.ok(await page.getByRole("tab", { name: "Findings" }).isVisible());
    await first.click();
    await page.locator("#editor .cm-activeLine").waitFor();
    assert.ok(await page.locator("#side").isHidden());
    await page.getByRole("button", { name: "Results", exact: true }).click();
    await first.waitFor();
    assert.ok(await editor.isHidden());
    const { height } = await page.locator("header").boundingBox();
    assert.ok(height < 50, `${height}`);
    assert.deepEqual(await violations(page), []);
  }));
