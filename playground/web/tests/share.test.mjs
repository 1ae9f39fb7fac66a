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
  await page.locator("dialog").waitFor({ state: "hidden" });
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
      assert.ok(await page.getByLabel("The text is all there is").isChecked());
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
    await page.getByLabel("The text is all there is").check();
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
      await page.locator(".errors", { hasText: "there is no such policy" }).waitFor();
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
      const button = page.getByRole("button", { name: "Share", exact: true });
      await button.focus();
      await page.keyboard.press("Enter");
      await page.locator("dialog h2").waitFor();
      assert.deepEqual(await violations(page), []);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 390));
      await page.keyboard.press("Escape");
      assert.ok(await button.evaluate((button) => button === document.activeElement));
    }));
}
