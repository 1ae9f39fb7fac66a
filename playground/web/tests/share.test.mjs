// Links: their content, old ones, and broken ones.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { deflateRawSync, inflateRawSync } from "node:zlib";

import { paste, settle } from "./browser.mjs";
import { pages, POD, text, violations } from "./page.mjs";

const onPage = pages();

/** A link of version 1, as somebody may have kept it. It has to stay readable: never make it anew. */
const KEPT =
  "#1.RZAxbsMwDEWvInCOiwbdtPYCBQp08kLLjEFEogyJdloEPksv0i0XK-UE7cinz88HXUHpU8EDzvxBpXIW79ZjL2eW0bu3PPaSSHFERd-Lc4KJvJvK7ef2Tb3UmcLOQxZFFqvYx-4RvNDQRuc44XSffUSlqndcKSyF9evV1k3E36lzc-GVI01kEloWuwQHmEs-GTTbqoWDNpQjB6YK_gr_O92fTeOVVFmmPZNY3mmldtJqYr7Ath0gLYpDpG6X7BSnFiVpbAR_wlipxc7LQEXI7B9fZRXHp5dn8wg5zdFewDfb7Rc";

/** A link of the version that is made today, with anything in it. */
const linkTo = (value) => `#1.${deflateRawSync(JSON.stringify(value)).toString("base64url")}`;

const held = (link) => JSON.parse(inflateRawSync(Buffer.from(link.replace(/^.*#1\./, ""), "base64url")).toString());

/** Makes a link at the button. */
async function share(page) {
  await page.getByRole("button", { name: "Share", exact: true }).click();
  const link = await page.locator("dialog[open]").getByLabel("Link").inputValue();
  await page.keyboard.press("Escape");
  await page.locator("dialog.share").waitFor({ state: "hidden" });
  return link;
}

test("a link of version 1 opens", () =>
  onPage(
    async (page) => {
      await page.locator('.finding[data-policy="privileged-container"]').waitFor();
      assert.match(await text(page), /name: grüße\n/);
      assert.equal(await page.getByLabel("Profile", { exact: true }).inputValue(), "strict");
      assert.equal(await page.locator('.finding[data-policy="mutable-image-tag"]').count(), 0);
      await page.getByRole("tab", { name: "Policies" }).click();
      assert.equal(await page.getByLabel("Kubernetes version").inputValue(), "1.30");
      assert.ok(await page.locator("#panel-policies").getByLabel("This is everything in the cluster").isChecked());
      const policy = page.locator('.policy[data-policy="privileged-container"]');
      await policy.locator("summary").first().click();
      await policy.locator("summary", { hasText: "every policy" }).click();
      assert.equal(await policy.getByLabel("minSeverity").inputValue(), "low");
    },
    { hash: KEPT },
  ));

test("a link has the differences from the defaults, and opens in a new browser", () =>
  onPage(async (page, { url, context }) => {
    assert.deepEqual(held(await share(page)), {});
    await paste(page, POD);
    await page.getByLabel("Profile", { exact: true }).selectOption("starter");
    await page.getByRole("tab", { name: "Policies" }).click();
    await page.getByRole("switch", { name: "mutable-image-tag" }).uncheck();
    await page.locator("#panel-policies").getByLabel("This is everything in the cluster").check();
    await settle(page);
    const link = await share(page);
    assert.deepEqual(held(link), {
      text: POD,
      profile: "starter",
      policies: { "mutable-image-tag": { enabled: false } },
      complete: true,
    });
    assert.ok(link.startsWith(`${url}#1.`), link);
    assert.equal(page.url(), link);

    const guest = await context.newPage();
    await guest.goto(link);
    await guest.locator('.finding[data-policy="privileged-container"]').waitFor();
    assert.equal(await text(guest), POD);
    assert.equal(await guest.getByLabel("Profile", { exact: true }).inputValue(), "starter");
    await guest.close();
  }));

test("a change removes the link from the address", () =>
  onPage(async (page, { url }) => {
    await paste(page, POD);
    await settle(page);
    assert.equal(page.url(), url);
    await share(page);
    await page.getByLabel("Profile", { exact: true }).selectOption("strict");
    await page.waitForFunction(() => location.hash === "");
  }));

test("a link opened in the page replaces its content", () =>
  onPage(async (page) => {
    await page.evaluate((hash) => {
      location.hash = hash;
    }, linkTo({ text: POD }));
    await page.locator('.finding[data-policy="privileged-container"]').waitFor();
    assert.equal(await text(page), POD);
  }));

test("a link is copied", () =>
  onPage(async (page, { context, url }) => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: new URL(url).origin });
    await paste(page, POD);
    await page.getByRole("button", { name: "Share", exact: true }).click();
    await page.getByRole("button", { name: "Copy the link" }).click();
    await page.getByText("The link is copied.").waitFor();
    assert.deepEqual(held(await page.evaluate(() => navigator.clipboard.readText())), { text: POD });
  }));

test("a long link shows a warning and offers a file that can be opened", () =>
  onPage(async (page, { url }) => {
    let noise = "";
    for (let n = 1; noise.length < 60_000; n = (n * 48271) % 2147483647) noise += `# ${n}\n`;
    await paste(page, POD + noise);
    await page.getByLabel("Profile", { exact: true }).selectOption("strict");
    await settle(page);
    await page.getByRole("button", { name: "Share", exact: true }).click();
    await page.getByText(/Many programs cut or reject links/).waitFor();
    assert.equal(page.url(), url);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download as a file" }).click(),
    ]);
    assert.equal(download.suggestedFilename(), "plimsoll-playground.json");
    const buffer = await readFile(await download.path());
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Reset" }).click();
    await page.locator('.finding[data-policy="privileged-container"]').waitFor({ state: "detached" });
    await page
      .getByLabel("Files to open")
      .setInputFiles({ name: "plimsoll-playground.json", mimeType: "application/json", buffer });
    await page.locator('.finding[data-policy="privileged-container"]').waitFor();
    assert.equal(await text(page), POD + noise);
    assert.equal(await page.getByLabel("Profile", { exact: true }).inputValue(), "strict");
  }));

for (const [what, hash, expected] of [
  ["cut", KEPT.slice(0, 60), /damaged or incomplete/],
  ["bare", "#1", /damaged or incomplete/],
  ["misspelt", "#1.%%%", /damaged or incomplete/],
  ["newer", "#2.abc", /newer version/],
  ["ancient", "#0.abc", /no such version/],
  ["ill-shaped", linkTo({ text: 5 }), /doesn't hold what it should/],
  ["listed", linkTo([]), /doesn't hold what it should/],
  ["deep", linkTo({ policies: { "bare-pod": { settings: { a: JSON.parse(`${"[".repeat(500)}${"]".repeat(500)}`) } } } }), /doesn't hold/],
  ["named like an object's own field", linkTo({ policies: JSON.parse('{"__proto__": {"enabled": false}}') }), /doesn't hold/],
  ["far too large", linkTo({ text: "a".repeat(5_000_001) }), /more than 5 MB/],
]) {
  test(`a link that is ${what} is reported, and the page works`, () =>
    onPage(
      async (page) => {
        assert.match((await page.locator('.notice[data-kind="link"]').textContent()) ?? "", expected);
        assert.match(await text(page), /kind: /);
        await paste(page, POD);
        await page.locator('.finding[data-policy="privileged-container"]').waitFor();
      },
      { hash },
    ));
}

test("a link's content is shown as text, and unknown names in it do no harm", () =>
  onPage(
    async (page) => {
      await page.locator('.notice[data-kind="ignored"]', { hasText: "the profile “<b>none</b>”; the policy “no-such-policy”" }).waitFor();
      assert.equal(await page.getByLabel("Profile", { exact: true }).inputValue(), "production");
      await page.getByRole("tab", { name: "Policies" }).click();
      const policy = page.locator('.policy[data-policy="drain-deadlock"]');
      await policy.locator("summary").first().click();
      await policy.locator(".form > .wrong", { hasText: "<img" }).waitFor();
      assert.equal(await page.locator("#panel img").count(), 0);
      await policy.getByRole("button", { name: "All back to their defaults" }).click();
      await policy.locator(".form > .wrong").waitFor({ state: "hidden" });
    },
    {
      hash: linkTo({
        text: POD,
        profile: "<b>none</b>",
        policies: { "no-such-policy": {}, "drain-deadlock": { settings: { "<img src=x onerror=hit()>": 1 } } },
      }),
    },
  ));

test("anchors of the page are not links", () =>
  onPage(async (page) => {
    assert.equal(await page.locator(".notice").count(), 0);
  }, { hash: "#panel" }));

for (const dark of [false, true]) {
  test(`the dialog is accessible, ${dark ? "dark" : "light"}, and returns the focus`, () =>
    onPage(async (page) => {
      await page.setViewportSize({ width: 390, height: 844 });
      await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
      await page.getByRole("button", { name: "Menu" }).click();
      const button = page.getByRole("button", { name: "Share", exact: true });
      await button.focus();
      await page.keyboard.press("Enter");
      await page.locator("dialog.share h2").waitFor();
      assert.deepEqual(await violations(page), []);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 390));
      await page.keyboard.press("Escape");
      assert.ok(await button.evaluate((button) => button === document.activeElement));
    }));
}

test("a version with its patch level is accepted, and a wrong one is ignored with one message", () =>
  onPage(
    async (page, { context, url }) => {
      await settle(page);
      await page.getByRole("tab", { name: "Policies" }).click();
      assert.equal(await page.getByLabel("Kubernetes version").inputValue(), "1.33");
      await page.getByLabel("Kubernetes version").fill("v1.31.4+k3s1");
      await settle(page);
      assert.equal(await page.locator("#kubernetes-version-wrong").textContent(), "");
      const other = await context.newPage();
      await other.goto(url + linkTo({ text: POD, kubernetesVersion: "latest" }));
      await other.locator('.notice[data-kind="ignored"]', { hasText: "the Kubernetes version “latest”" }).waitFor();
      await other.locator('.finding[data-policy="privileged-container"]').waitFor();
      assert.equal(await other.locator(".errors").count(), 0);
      await other.close();
    },
    { hash: linkTo({ text: POD, kubernetesVersion: "v1.33.2" }) },
  ));

test("the skip link leaves the address as it is", () =>
  onPage(
    async (page) => {
      const address = page.url();
      await page.locator(".skip").focus();
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => document.activeElement?.matches(".finding:first-child .jump"));
      assert.equal(page.url(), address);
    },
    { hash: linkTo({ text: POD }) },
  ));

test("credentials are told before they are shared, and can be left out", () =>
  onPage(async (page, { url }) => {
    const key = ["AKIA", "ZQ3DRSTUVWXY2345"].join("");
    await paste(page, POD.replace("    securityContext", `    env:\n    - name: KEY\n      value: ${key}\n    securityContext`));
    await settle(page);
    await page.getByRole("button", { name: "Share", exact: true }).click();
    const dialog = page.locator("dialog.share");
    await dialog.getByText("The text holds a credential").waitFor();
    const link = () => dialog.getByLabel("Link").inputValue();
    assert.match(held(await link()).text, /AKIA/);
    assert.equal(page.url(), url);
    await dialog.getByRole("button", { name: "Share without credentials" }).click();
    await dialog.getByText("The text holds a credential").waitFor({ state: "detached" });
    assert.match(held(await link()).text, /value: \*\*\*\n/);
    assert.doesNotMatch(held(await link()).text, /AKIA/);
    assert.match(await text(page), /AKIA/);
  }));
