// What a visitor sees first, and what becomes of a finding.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { paste, settle } from "./browser.mjs";
import { example, pages, POD, text, violations } from "./page.mjs";

const onPage = pages();

const RANKS = ["critical", "high", "medium", "low", "info"];

const summary = (page) => page.locator("#findings-summary");

test("the page says what it is, and how to begin", () =>
  onPage(async (page) => {
    const begin = page.getByRole("region", { name: "Begin" });
    await begin.getByText(/^Check Kubernetes manifests against \d{3} best practices: paste yours\.$/).waitFor();
    for (const name of ["Paste", "Open", "Examples"]) await begin.getByRole("button", { name }).waitFor();
    const links = await page.locator("header").getByRole("link").evaluateAll((links) => links.map(({ textContent, protocol }) => [textContent, protocol]));
    assert.deepEqual(links, [["Documentation", "https:"], ["Repository", "https:"], ["Command line", "https:"]]);
    for (const width of [1400, 860, 600, 390]) {
      await page.setViewportSize({ width, height: 844 });
      assert.ok(await page.getByText("Nothing leaves your browser.").isVisible(), `${width}`);
    }
  }));

test("the clipboard's text replaces the shown one, which is offered", () =>
  onPage(async (page, { url, context }) => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: new URL(url).origin });
    await paste(page, POD.replaceAll("web", "before"));
    await settle(page);
    await page.evaluate((text) => navigator.clipboard.writeText(text), POD);
    await page.getByRole("button", { name: "Paste" }).click();
    await page.getByRole("heading", { name: "Pod web" }).waitFor();
    assert.equal(await text(page), POD);
    await page.locator('.notice[data-kind="draft"]').getByRole("button", { name: "Back to your draft" }).click();
    await page.getByRole("heading", { name: "Pod before" }).waitFor();
  }));

test("within an object the worst findings come first, and the numbers by severity filter", () =>
  onPage(async (page) => {
    const groups = await page.locator(".group:not(.schema-notes)").all();
    assert.ok(groups.length > 1);
    for (const group of groups) {
      const ranks = (await group.locator(".finding").evaluateAll((items) => items.map(({ dataset }) => dataset.severity))).map((name) => RANKS.indexOf(name));
      assert.deepEqual(ranks, [...ranks].sort((one, other) => one - other));
    }
    const all = await page.locator(".finding").count();
    const chip = page.getByRole("group", { name: "Severities" }).getByRole("button").first();
    const [number, severity] = ((await chip.textContent()) ?? "").split(" ");
    await chip.click();
    assert.equal(await chip.getAttribute("aria-pressed"), "true");
    assert.equal(await page.locator(".finding").count(), Number(number));
    assert.equal(await page.locator(`.finding[data-severity="${severity}"]`).count(), Number(number));
    await summary(page).filter({ hasText: `${number} of ` }).waitFor();
    await chip.click();
    assert.equal(await page.locator(".finding").count(), all);
    await page.getByRole("tab", { name: new RegExp(`^Findings \\d+$`) }).waitFor();
    await page.getByRole("tab", { name: new RegExp(`^Fixes \\d+$`) }).waitFor();
  }));

test("all safe fixes are made from the first tab, counted, and undone", () =>
  onPage(async (page) => {
    const before = await text(page);
    const button = page.getByRole("button", { name: /^Fix \d+ safe$/ });
    const all = await page.locator(".finding").count();
    await button.click();
    await page.locator(".done", { hasText: /^\d+ fixes applied/ }).waitFor();
    await page.waitForFunction((all) => document.querySelectorAll(".finding").length < all, all);
    assert.notEqual(await text(page), before);
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Undo");
    await page.keyboard.press("Enter");
    await page.waitForFunction((all) => document.querySelectorAll(".finding").length === all, all);
    assert.equal(await text(page), before);
    await page.locator(".done").waitFor({ state: "hidden" });
    assert.equal(await page.evaluate(() => document.activeElement?.id), "findings-summary");
  }));

test("a fix is previewed at the focus, seen in the text, and undone beside the list", () =>
  onPage(async (page) => {
    await example(page, "stuck-unhealthy-pods");
    await settle(page);
    const before = await text(page);
    const fix = page.locator('.finding[data-policy="stuck-unhealthy-pods"]').first().getByRole("button", { name: /^Fix/ });
    await fix.focus();
    const preview = page.getByRole("tooltip");
    await preview.locator(".added", { hasText: "unhealthyPodEvictionPolicy: AlwaysAllow" }).waitFor();
    assert.equal(await fix.getAttribute("aria-describedby"), await preview.getAttribute("id"));
    await page.keyboard.press("Escape");
    await preview.waitFor({ state: "detached" });
    await fix.hover();
    await preview.waitFor();
    await fix.click();
    await page.locator("#editor .cm-flash", { hasText: "AlwaysAllow" }).waitFor();
    await page.locator(".done", { hasText: "Fixed: " }).waitFor();
    assert.notEqual(await text(page), before);
    await page.locator(".done").getByRole("button", { name: "Undo" }).click();
    assert.equal(await text(page), before);
  }));

test("an exempted finding is brought back", () =>
  onPage(async (page) => {
    const exempted = POD.replace("spec:", '  annotations:\n    plimsoll.dev/ignore.privileged-container: "it mounts disks"\nspec:');
    await paste(page, exempted);
    await settle(page);
    await page.locator("summary", { hasText: "Exempted: 1" }).click();
    await page.getByRole("button", { name: "Bring back privileged-container of Pod web" }).click();
    await page.locator('.finding[data-policy="privileged-container"]').waitFor();
    assert.equal(await text(page), POD);
  }));

test("a policy is switched off at a finding, and on again by an undo", () =>
  onPage(async (page) => {
    await paste(page, POD);
    await settle(page);
    const finding = page.locator('.finding[data-policy="privileged-container"]');
    await finding.getByRole("button", { name: "Exempt …" }).click();
    await finding.getByRole("button", { name: "Switch privileged-container off" }).click();
    await finding.waitFor({ state: "detached" });
    await page.locator('.notice[data-kind="policies"]').getByRole("button", { name: "Undo" }).click();
    await finding.waitFor();
  }));

test("a broken document keeps its findings, marked as old, and the others stay as they are", () =>
  onPage(async (page) => {
    await paste(page, `${POD.replaceAll("web", "broken")}---\n${POD}`);
    await settle(page);
    await page.getByRole("heading", { name: "Pod broken" }).waitFor();
    await page.keyboard.press("ControlOrMeta+Home");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("End");
    await page.keyboard.insertText("\nbroken: [");
    await page.locator(".errors").waitFor();
    await settle(page);
    const groups = page.locator(".group");
    await groups.filter({ hasText: "Pod broken" }).and(page.locator(".stale")).waitFor();
    const sound = groups.filter({ hasText: "Pod web" });
    assert.equal(await sound.and(page.locator(".stale")).count(), 0);
    await summary(page).filter({ hasText: "could no longer be read" }).waitFor();
    // What is grey can be read.
    assert.deepEqual(await violations(page), []);
    // Fixes of the others still work.
    const fixes = sound.getByRole("button", { name: /^Fix/ });
    const count = await fixes.count();
    assert.ok(count > 0);
    await fixes.first().click();
    await page.locator(".done", { hasText: "Fixed: " }).waitFor();
    await page.locator(".done").getByRole("button", { name: "Undo" }).click();
    await page.locator("#editor .cm-content").click();
    await page.keyboard.press("ControlOrMeta+z");
    await page.locator(".errors").waitFor({ state: "detached" });
    await page.locator(".stale").waitFor({ state: "detached" });
  }));

for (const [what, pasted, said, command] of [
  ["a kustomization", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- web.yaml\n", "This is a kustomization", "kubectl kustomize"],
  ["values of a chart", "replicaCount: 2\nimage:\n  repository: web\n", "values of a Helm chart", "helm template"],
  ["a template", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n", "a Helm template", "helm template"],
  ["a Compose file", "services:\n  web:\n    image: web:1\n", "a Compose file", "kompose convert"],
]) {
  test(`${what} is recognised, with the command that makes objects of it`, () =>
    onPage(async (page) => {
      await paste(page, pasted);
      await settle(page);
      await page.locator(".hints", { hasText: said }).locator("pre", { hasText: command }).waitFor();
      await paste(page, POD);
      await page.locator(".hints").waitFor({ state: "detached" });
    }));
}

test("objects of kinds that no policy checks are named, and so are patches and what is there twice", () =>
  onPage(async (page) => {
    const widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: one\n";
    await paste(page, widget);
    await page.getByText("No policy checks what is here: Widget.").waitFor();
    await paste(page, `${widget}---\n${POD}---\n${POD}---\n$patch: delete\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n`);
    await page.getByText("1 object is of a kind that no policy checks: Widget.").waitFor();
    await page.getByText("1 document is a patch for other objects").waitFor();
    await page.locator("summary", { hasText: "Twice in the text: 1" }).click();
    await page.getByRole("button", { name: "line 18" }).click();
    assert.equal(await page.locator("#editor .cm-activeLine").textContent(), "kind: Pod");
  }));

test("examples are searched by name and practice", () =>
  onPage(async (page) => {
    await page.getByRole("button", { name: "Examples" }).click();
    const items = page.locator("dialog[open] [data-policy]:visible");
    await items.nth(100).waitFor();
    const all = await items.count();
    await page.keyboard.type("disruption budget");
    await page.waitForFunction((all) => [...document.querySelectorAll("dialog[open] [data-policy]")].filter((item) => !item.hidden).length < all / 5, all);
    assert.ok((await items.count()) > 0);
    assert.deepEqual(await violations(page), []);
    await page.keyboard.type("zzz");
    await page.getByText("No example has these words.").waitFor();
    await page.keyboard.press("Escape");
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Examples");
  }));

test("buttons are named with their object, and nothing shown turns the direction of the text", () =>
  onPage(async (page) => {
    await paste(page, POD.replace("name: web\nspec", 'name: "we\\u202eb"\nspec'));
    await settle(page);
    await page.getByRole("button", { name: "Exempt … privileged-container of Pod we\\u202eb" }).waitFor();
    assert.doesNotMatch((await page.locator("#panel").innerText()) ?? "", /\u202e/);
  }));

test("findings are saved as Markdown, SARIF and JSON", () =>
  onPage(async (page) => {
    await paste(page, POD.replace("image: web:1", "image: web:1\n    imagen: x"));
    await settle(page);
    const save = async (name) => {
      await page.locator("summary", { hasText: "Save findings" }).click();
      const download = page.waitForEvent("download");
      await page.getByRole("button", { name }).click();
      const file = await download;
      return [file.suggestedFilename(), await readFile(await file.path(), "utf8")];
    };
    const [markdownFile, markdown] = await save("Save as Markdown");
    assert.equal(markdownFile, "findings.md");
    assert.match(markdown, /\n## Pod web\n[^]*\n- \*\*\w+\*\* `privileged-container`, line 11: /);
    const [sarifFile, sarif] = await save("Save as SARIF");
    assert.equal(sarifFile, "findings.sarif");
    const [run] = JSON.parse(sarif).runs;
    const result = run.results.find(({ ruleId }) => ruleId === "privileged-container");
    assert.equal(result.level, "error");
    assert.deepEqual(result.locations[0].physicalLocation.region, { startLine: 11, startColumn: 19, endLine: 11, endColumn: 23 });
    assert.ok(run.tool.driver.rules.some(({ id }) => id === "privileged-container"));
    // Notes on fields are there once their table is.
    await page.locator(".schema-note").waitFor();
    const [jsonFile, json] = await save("Save as JSON");
    assert.equal(jsonFile, "findings.json");
    const { version, findings, summary } = JSON.parse(json);
    const { object, span, fingerprint } = findings.find(({ policy }) => policy === "privileged-container");
    assert.deepEqual([version, object.name, span.start.line], [1, "web", 11]);
    assert.match(fingerprint, /^[0-9a-f]{32}$/);
    assert.equal(findings.filter(({ policy }) => policy === "unknown-field").length, 1);
    assert.equal(summary.objects, 1);
  }));

test("a false positive is reported with the version, the policy and the object alone, without credentials", () =>
  onPage(async (page, { context }) => {
    const key = ["AKIA", "ZQ3DRSTUVWXY2345"].join("");
    const other = POD.replaceAll("web", "other");
    await paste(page, `${other}---\n${POD.replace("    securityContext", `    env:\n    - name: KEY\n      value: ${key}\n    securityContext`)}`);
    await settle(page);
    await context.route("https://github.com/**", (route) => route.fulfill({ body: "" }));
    const group = page.locator(".group", { has: page.getByRole("heading", { name: "Pod web" }) });
    await group.locator('[data-policy="privileged-container"]').getByRole("button", { name: "Exempt …" }).click();
    const [form] = await Promise.all([
      context.waitForEvent("page"),
      page.getByRole("button", { name: "Report a false positive" }).click(),
    ]);
    await form.waitForURL(/github\.com/);
    const fields = new URL(form.url()).searchParams;
    await form.close();
    await context.unroute("https://github.com/**");
    assert.equal(fields.get("template"), "false-positive.yml");
    assert.equal(fields.get("policy"), "privileged-container");
    assert.equal(fields.get("version"), await page.locator(".version").textContent());
    assert.match(fields.get("manifest"), /name: web\n[^]*value: \*\*\*\n/);
    assert.doesNotMatch(fields.get("manifest"), /other|AKIA/);
  }));
