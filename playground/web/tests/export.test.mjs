// The exports, and how they are copied.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { settle } from "./browser.mjs";
import { announced, pages, violations } from "./page.mjs";

const onPage = pages();

async function open(page) {
  await page.locator("#tab-export").click();
  await page.locator("#panel-export .code").first().waitFor();
}

/** The block of a file. */
const file = (page, name) => page.getByRole("region", { name, exact: true });

test("enabled policies are exported in each form, with instructions", () =>
  onPage(async (page) => {
    await page.getByLabel("Profile").selectOption("starter");
    await settle(page);
    await open(page);
    await page.getByLabel("One resource per policy").check();
    const policies = await file(page, "plimsoll-policies.yaml").textContent();
    const names = [...policies.matchAll(/^kind: ClusterAdmissionPolicy\nmetadata:\n {2}name: (\S+)$/gm)].map(([, name]) => name);
    assert.ok(names.length > 5, policies);
    assert.match(policies, /settings: \{\}/);
    const command = page.locator("#panel-export .command").first();
    assert.equal(await command.textContent(), "Then: kubectl apply -f plimsoll-policies.yaml");
    assert.match(await file(page, "plimsoll-rbac.yaml").textContent(), /kind: ClusterRoleBinding/);

    await page.getByLabel("Policy group").check();
    const group = await file(page, "plimsoll-group.yaml").textContent();
    for (const name of names) assert.ok(group.includes(`${name.replaceAll("-", "_")}()`), name);
    await announced(page, /plimsoll-group\.yaml: kubectl apply -f plimsoll-group\.yaml/);

    await page.getByLabel("Suite").check();
    assert.match(await file(page, "plimsoll-suite.yaml").textContent(), /settings:\n {4}profile: starter\n$/);

    await page.getByLabel("policies.yml").check();
    const server = await file(page, "policies.yml").textContent();
    for (const name of names) assert.ok(server.includes(`\n${name}:\n`) || server.startsWith(`${name}:\n`), name);
    assert.equal(await command.textContent(), "Then: policy-server --policies policies.yml");
    assert.equal(await file(page, "plimsoll-rbac.yaml").count(), 0);

    await page.getByLabel("kwctl").check();
    const commands = (await file(page, "kwctl.sh").textContent()).trimEnd().split("\n");
    assert.equal(commands.length, names.length);
    assert.ok(commands.every((command) => /^kwctl run --request-path review\.json .*registry:\/\/\S+$/.test(command)));

    await page.getByLabel("Command line").check();
    assert.equal(await file(page, "plimsoll.yaml").textContent(), "profile: starter\n");
    assert.equal(await command.textContent(), "Then: plimsoll check --config plimsoll.yaml manifest.yaml");
  }));

test("a rollout begins with the suite in monitor, and mode, severity and namespaces are in the export and in CI's line", () =>
  onPage(async (page) => {
    await open(page);
    const suite = () => file(page, "plimsoll-suite.yaml").textContent();
    assert.match(await suite(), /\nspec:\n {2}mode: monitor\n {2}module: /);
    await page.getByText("Nothing is rejected").waitFor();
    await page.getByText("plimsoll check manifests/").waitFor();
    await page.getByLabel("Mode").selectOption("protect");
    await page.getByLabel("Severity from").selectOption("high");
    await page.getByLabel("Only in namespaces").fill("shop, Not a name ,cart");
    await page.getByText("Left out, no names of namespaces: Not").waitFor();
    assert.match(
      await suite(),
      /\nspec:\n {2}mode: protect\n {2}namespaceSelector:\n {4}matchExpressions:\n {4}- key: kubernetes.io\/metadata.name\n {6}operator: In\n {6}values:\n {6}- "shop"\n {6}- "a"\n {6}- "name"\n {6}- "cart"\n {2}module: /,
    );
    assert.match(await suite(), /\n {2}settings:\n {4}minSeverity: high\n$/);
    await page.getByText("plimsoll check --min-severity high manifests/").waitFor();
    await page.getByLabel("Profile").selectOption("strict");
    await page.getByText("plimsoll check --config plimsoll.yaml --min-severity high manifests/").waitFor();
    assert.match(await suite(), /\n {2}settings:\n {4}minSeverity: high\n {4}profile: strict\n$/);
    await page.getByLabel("One resource per policy").check();
    const policies = await file(page, "plimsoll-policies.yaml").textContent();
    assert.equal(policies.match(/^ {2}mode: protect$/gm).length, policies.match(/^kind: /gm).length);
    assert.equal(policies.match(/^ {4}minSeverity: high$/gm).length, policies.match(/^kind: /gm).length);
    await page.getByLabel("Command line").check();
    assert.ok(await page.getByLabel("Mode").isHidden());
  }));

test("without choices the command line needs no file, and later choices appear at once", () =>
  onPage(async (page) => {
    await open(page);
    await page.getByLabel("Command line").check();
    await page.locator("#panel-export .summary", { hasText: "no file is needed" }).waitFor();
    assert.equal(await page.locator("#panel-export .code").count(), 0);
    await page.getByLabel("Profile").selectOption("strict");
    await file(page, "plimsoll.yaml").getByText("profile: strict").waitFor();
  }));

test("a file is copied and downloaded as it is shown", () =>
  onPage(async (page, { context }) => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await open(page);
    await page.getByLabel("One resource per policy").check();
    const shown = await file(page, "plimsoll-policies.yaml").textContent();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download plimsoll-policies.yaml" }).click();
    const downloaded = await download;
    assert.equal(downloaded.suggestedFilename(), "plimsoll-policies.yaml");
    assert.equal(await readFile(await downloaded.path(), "utf8"), shown);
    await page.getByRole("button", { name: "Copy plimsoll-policies.yaml" }).click();
    await announced(page, /Copied: plimsoll-policies\.yaml/);
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), shown);
  }));

test("without the clipboard's permission copying still works, and the focus stays", () =>
  onPage(async (page) => {
    await open(page);
    await page.getByLabel("One resource per policy").check();
    const shown = await file(page, "plimsoll-policies.yaml").textContent();
    await page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new DOMException("no", "NotAllowedError"));
      document.addEventListener("copy", () => {
        const { activeElement } = document;
        window.copied = activeElement.value.slice(activeElement.selectionStart, activeElement.selectionEnd);
      });
    });
    const button = page.getByRole("button", { name: "Copy plimsoll-policies.yaml" });
    await button.focus();
    await page.keyboard.press("Enter");
    await announced(page, /Copied: plimsoll-policies\.yaml/);
    assert.equal(await page.evaluate(() => window.copied), shown);
    assert.equal(await button.evaluate((button) => button === document.activeElement), true);
    assert.equal(await page.locator("body > textarea").count(), 0);
  }));

test("a failed copy is reported", () =>
  onPage(async (page) => {
    await open(page);
    await page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new DOMException("no", "NotAllowedError"));
      // oxlint-disable-next-line typescript/no-deprecated -- the page falls back to it.
      document.execCommand = () => false;
    });
    await page.getByLabel("One resource per policy").check();
    await page.getByRole("button", { name: "Copy plimsoll-policies.yaml" }).click();
    await page.locator('.notice[data-kind="copy"]', { hasText: "plimsoll-policies.yaml" }).waitFor();
  }));

test("forms can be chosen by keyboard", () =>
  onPage(async (page) => {
    await open(page);
    await page.getByLabel("One resource per policy").focus();
    await page.keyboard.press("ArrowDown");
    await file(page, "plimsoll-group.yaml").waitFor();
    await file(page, "plimsoll-group.yaml").focus();
    await page.keyboard.press("End");
    await page.waitForFunction(() => document.activeElement.scrollTop > 0);
  }));

for (const dark of [false, true]) {
  test(`the view is accessible and fits a phone, ${dark ? "dark" : "light"}`, () =>
    onPage(async (page) => {
      await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
      await open(page);
      assert.deepEqual(await violations(page), []);
      await page.setViewportSize({ width: 390, height: 844 });
      for (const form of ["Policy group", "Suite", "policies.yml", "kwctl", "Command line"]) {
        await page.getByLabel(form).check();
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 390), form);
      }
      assert.deepEqual(await violations(page), []);
    }));
}
