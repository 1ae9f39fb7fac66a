// The answers of a cluster.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";

import { paste, settle } from "./browser.mjs";
import { announced, example, pages, POD, violations } from "./page.mjs";

const onPage = pages();

/** Opens the tab, and waits until the summary says so. */
async function open(page) {
  await page.locator("#tab-cluster").click();
}

const summary = (page, text) => page.locator("#panel-cluster .summary", { hasText: text }).waitFor();
const answer = (page, policy) => page.locator(`#panel-cluster .answer[data-policy="${policy}"]`);

test("an object is denied with the module's message, and admitting policies are folded", () =>
  onPage(async (page) => {
    await paste(page, POD);
    await settle(page);
    await open(page);
    await summary(page, /^Denied by \d+ policies/);
    const denied = answer(page, "privileged-container");
    assert.equal(await denied.getAttribute("data-verdict"), "denied");
    assert.match(await denied.locator(".message").textContent(), /^1 finding\n\[privileged-container\] /);
    assert.match(
      await page.getByRole("region", { name: "What kubectl prints" }).textContent(),
      /Error from server: error when creating "manifest.yaml": admission webhook "clusterwide-[a-z-]+\.kubewarden\.admission" denied the request: 1 finding/,
    );
    // Denials come first.
    const verdicts = await page.locator("#panel-cluster .answer").evaluateAll((all) => all.map((one) => one.dataset.verdict));
    assert.deepEqual(verdicts, [...verdicts].sort((a, b) => "denied warned changed".indexOf(a) - "denied warned changed".indexOf(b)));
    assert.ok(!verdicts.includes("accepted"));
    const accepted = page.locator('#panel-cluster details[data-key="accepted"]');
    assert.match(await accepted.locator("> summary").textContent(), /^Accepted by \d+ policies$/);
    await accepted.locator("> summary").click();
    await accepted.locator('.answer[data-verdict="accepted"]').first().waitFor();
  }));

test("open answers stay open and the object stays chosen while the text changes", () =>
  onPage(async (page) => {
    const second = POD.replaceAll("web", "second");
    await paste(page, `${POD}---\n${second}`);
    await settle(page);
    await open(page);
    await page.getByRole("combobox", { name: "Object" }).selectOption({ label: "Pod second" });
    const settings = answer(page, "privileged-container").locator("details", { hasText: "Settings" });
    await settings.locator("summary").click();
    await settings.locator("pre").waitFor();
    await paste(page, `${POD.replaceAll("web", "zeroth")}---\n${POD}---\n${second}`);
    await page.locator("#panel-cluster option", { hasText: "Pod zeroth" }).waitFor({ state: "attached" });
    await summary(page, /^Denied/);
    assert.equal(await page.getByRole("combobox", { name: "Object" }).evaluate((select) => select.selectedOptions[0].textContent), "Pod second");
    await settings.locator("pre").waitFor();
    // A second object of the same name is another one.
    await paste(page, `${second}---\n${second}`);
    await page.locator("#panel-cluster option", { hasText: "Pod second (2)" }).waitFor({ state: "attached" });
  }));

test("the object of the selected finding is shown", () =>
  onPage(async (page) => {
    await paste(page, `${POD}---\n${POD.replaceAll("web", "second")}`);
    await settle(page);
    await page.locator('.finding[data-policy="privileged-container"] .jump').nth(1).click();
    await open(page);
    await summary(page, /^Denied/);
    assert.equal(await page.getByRole("combobox", { name: "Object" }).inputValue(), "1");
  }));

test("an update is checked with the old object, and an unreadable one is reported", () =>
  onPage(async (page) => {
    await paste(page, POD);
    await settle(page);
    await open(page);
    await summary(page, /^Denied/);
    assert.ok(await page.getByLabel("Old object").isHidden());
    await page.getByLabel("Operation").selectOption("UPDATE");
    // Findings of the old object don't count, and kubectl prints another verb.
    await summary(page, /^Updated/);
    assert.match(await page.getByRole("region", { name: "What kubectl prints" }).textContent(), /pod\/web configured$/);
    await announced(page, /Pod web: Updated/);
    const old = page.getByLabel("Old object");
    await old.fill("a: [");
    await page.locator("#cluster-old-problem", { hasText: "the old object can't be read" }).waitFor();
    assert.equal(await old.getAttribute("aria-invalid"), "true");
    assert.equal(await page.locator("#panel-cluster .answer").count(), 0);
    await old.fill(POD.replace("privileged: true", "privileged: false"));
    await summary(page, /^Denied/);
    assert.ok(await page.locator("#cluster-old-problem").isHidden());
  }));

test("warnings are shown", () =>
  onPage(async (page) => {
    await example(page, "slow-rollout-failure");
    await page.locator('.finding[data-policy="slow-rollout-failure"]').first().waitFor();
    await settle(page);
    await open(page);
    await page.locator('#panel-cluster .answer[data-verdict="denied"]').first().waitFor();
    const warned = page.locator('#panel-cluster .answer[data-verdict="warned"]').first();
    const warning = await warned.locator(".warnings li").first().textContent();
    const printed = await page.getByRole("region", { name: "What kubectl prints" }).textContent();
    assert.ok(printed.includes(`Warning: ${warning}`), printed);
    await warned.locator("details", { hasText: "Response" }).locator("summary").click();
    assert.match(await warned.locator("pre").textContent(), /"allowed": true/);
  }));

test("a policy that fixes instead of denying shows its patch", () => {
  const saved = {
    text: "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: web\nspec:\n  maxUnavailable: 1\n  unhealthyPodEvictionPolicy: IfHealthyBudget\n",
    policies: { "stuck-unhealthy-pods": { settings: { onViolation: "fix", applyFixes: "unsafe" } } },
  };
  return onPage(
    async (page) => {
      await open(page);
      const changed = answer(page, "stuck-unhealthy-pods");
      await changed.waitFor();
      assert.equal(await changed.getAttribute("data-verdict"), "changed");
      await changed.locator("details", { hasText: "Patch" }).locator("summary").click();
      const patch = JSON.parse(await changed.locator("details[open] pre").textContent());
      assert.deepEqual(patch.map(({ op, path }) => `${op} ${path}`), ["replace /spec/unhealthyPodEvictionPolicy"]);
    },
    { hash: `#1.${deflateRawSync(JSON.stringify(saved)).toString("base64url")}` },
  );
});

test("the request is copied and downloaded in kwctl's form", () =>
  onPage(async (page, { context }) => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await paste(page, POD);
    await settle(page);
    await open(page);
    await page.getByText("The request (AdmissionReview)").click();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download review.json" }).click();
    const file = await download;
    assert.equal(file.suggestedFilename(), "review.json");
    const text = await readFile(await file.path(), "utf8");
    const { kind, request } = JSON.parse(text);
    assert.equal(kind, "AdmissionReview");
    assert.deepEqual([request.operation, request.object.metadata.name, request.resource.resource], ["CREATE", "web", "pods"]);
    await page.getByRole("button", { name: "Copy review.json" }).click();
    await announced(page, /Copied: review\.json/);
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), text);
  }));

test("kinds that no policy checks are reported", () =>
  onPage(async (page) => {
    await paste(page, "apiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: one\n");
    await settle(page);
    await open(page);
    await summary(page, "Widget one: no policy checks objects of this kind.");
    await paste(page, "# nothing\n");
    await summary(page, "There is no object in the text.");
    await paste(page, "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: one\n");
    await summary(page, /^Created/);
  }));

test("the answers stay while the text can't be read, marked as outdated", () =>
  onPage(async (page) => {
    await paste(page, POD);
    await settle(page);
    await open(page);
    await summary(page, /^Denied/);
    await page.locator("#editor .cm-content").click();
    await page.keyboard.press("ControlOrMeta+End");
    await page.keyboard.insertText("broken: [");
    await page.locator("#panel-cluster .answers.outdated").waitFor();
    assert.ok((await page.locator("#panel-cluster .answer").count()) > 0);
    await page.getByLabel("Operation").selectOption("UPDATE");
    await summary(page, "Nothing can be asked while the text cannot be read.");
    await page.locator("#editor .cm-content").click();
    await page.keyboard.press("ControlOrMeta+z");
    await summary(page, /^Updated/);
  }));

test("after a crash the next change gets an answer", () =>
  onPage(async (page) => {
    await paste(page, POD);
    await settle(page);
    await open(page);
    await summary(page, /^Denied/);
    const [worker] = page.workers();
    await worker.evaluate(() => setTimeout(() => { throw new Error("broken on purpose"); }));
    await page.locator('.notice[data-kind="crash"]').waitFor();
    await page.getByLabel("Operation").selectOption("UPDATE");
    await summary(page, "No answer");
    await paste(page, POD.replaceAll("web", "other"));
    await summary(page, /^Updated/);
  }));

test("a manifest's text is never markup", () =>
  onPage(async (page) => {
    const evil = '<img src=x onerror="window.hit=1">';
    await paste(page, POD.replaceAll("name: web", `name: '${evil}'`));
    await settle(page);
    await open(page);
    await summary(page, /^Denied/);
    await page.getByText("The request (AdmissionReview)").click();
    await page.locator("#panel-cluster pre", { hasText: "onerror" }).first().waitFor();
    assert.equal(await page.locator("#panel-cluster img").count(), 0);
    assert.equal(await page.evaluate(() => window.hit), undefined);
  }));

for (const dark of [false, true]) {
  test(`the view is accessible and fits a phone, ${dark ? "dark" : "light"}`, () =>
    onPage(async (page) => {
      await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
      await open(page);
      await page.getByLabel("Operation").selectOption("UPDATE");
      await page.getByLabel("Old object").fill("a: [");
      await page.locator("#cluster-old-problem:not([hidden])").waitFor();
      assert.deepEqual(await violations(page), []);
      await page.getByLabel("Operation").selectOption("CREATE");
      await page.locator('.answer[data-verdict="denied"]').first().waitFor();
      await page.getByText("The request (AdmissionReview)").click();
      await page.locator("#panel-cluster .code pre").waitFor();
      assert.deepEqual(await violations(page), []);
      await page.setViewportSize({ width: 390, height: 844 });
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 390));
    }));
}
