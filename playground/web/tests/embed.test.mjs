// The page in a frame of another one.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { browse, DIST, serve } from "./browser.mjs";
import { POD, violations } from "./page.mjs";

const host = (address, sandbox = "") => `<!doctype html><html lang="en"><title>Host</title>
<iframe title="Plimsoll" ${sandbox} src="${address}" width="1000" height="600"></iframe>
<script>
  window.heard = [];
  addEventListener("message", ({ data }) => heard.push(data));
  window.say = (message) => document.querySelector("iframe").contentWindow.postMessage(message, "*");
</script>`;

let url;
let server;
let context;

before(async () => {
  ({ url, server } = await serve({
    others: {
      "host.html": host("./?embed"),
      "read-only.html": host("./?embed&readonly&policy=drain-deadlock"),
      "sandbox.html": host("./?embed&policy=drain-deadlock&example=pass", 'sandbox="allow-scripts"'),
    },
    // As static hosts have it: a sandboxed frame is nobody's origin.
    headers: { "access-control-allow-origin": "*" },
  }));
  context = await browse();
  context.setDefaultTimeout(120_000);
});

after(async () => {
  await context?.close();
  server?.close();
});

/** A host has no icon. */
const isError = (message) => message.type() === "error" && !message.location().url.endsWith("/favicon.ico");

async function onHost(path, work) {
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => isError(message) && complaints.push(message.text()));
  await page.goto(url + path);
  await work(page, page.frameLocator("iframe"));
  assert.deepEqual(complaints, []);
  await page.close();
}

const heard = (page, kind) => page.waitForFunction((kind) => window.heard.findLast(({ plimsoll }) => plimsoll === kind), kind).then((handle) => handle.jsonValue());

test("a policy's own example is shown read-only, with that policy alone and without a header", () =>
  onHost("read-only.html", async (page, frame) => {
    await frame.locator('.finding[data-policy="drain-deadlock"]').first().waitFor();
    assert.equal(await frame.locator('.finding:not([data-policy="drain-deadlock"])').count(), 0);
    assert.ok(await frame.locator("header").isHidden());
    assert.deepEqual(await frame.getByRole("tab").allTextContents().then((names) => names.map((name) => name.replace(/ \d+$/, ""))), [
      "Findings",
      "What the cluster says",
      "Fixes",
    ]);
    assert.ok((await frame.locator(".fix").count()) > 0);
    assert.equal(await frame.locator(".fix:visible").count(), 0);
    const content = frame.locator("#editor .cm-content");
    const before = await content.textContent();
    await content.click();
    await page.keyboard.type("x");
    assert.equal(await content.textContent(), before);
    const link = frame.getByRole("link", { name: "Open in the playground" });
    await link.focus();
    await page.waitForFunction(() => /#1\./.test(document.querySelector("iframe").contentDocument.querySelector("#introduction a").href));
    assert.equal(await page.evaluate(() => Object.keys(localStorage).length), 0);
  }));

test("a host sets text and choices, and hears the findings", () =>
  onHost("host.html", async (page, frame) => {
    await heard(page, "ready");
    await frame.locator(".finding").first().waitFor();
    // Before the host has spoken, nothing is sent.
    assert.equal(await page.evaluate(() => window.heard.length), 1);
    await page.evaluate((text) => window.say({ plimsoll: "set", text, profile: "starter" }), POD);
    await page.waitForFunction(() => window.heard.some(({ findings }) => findings?.some(({ policy }) => policy === "privileged-container")));
    const { text, objects, errors } = await heard(page, "checked");
    assert.equal(text, POD);
    assert.deepEqual([objects[0].name, errors], ["web", []]);
    await frame.getByText("The page around this one sees what you write.").waitFor();
    await page.evaluate(() => window.say({ plimsoll: "set", text: 5 }));
    assert.match((await heard(page, "refused")).reason, /doesn't hold what it should/);
    await page.evaluate(() => window.say("anything"));
  }));

test("a frame follows the theme of its host", () =>
  onHost("host.html", async (page, frame) => {
    await heard(page, "ready");
    const scheme = () => frame.locator(":root").evaluate((root) => getComputedStyle(root).colorScheme);
    for (const theme of ["dark", "light"]) {
      await page.evaluate((theme) => window.say({ plimsoll: "theme", theme }), theme);
      await frame.locator(`:root[data-theme="${theme}"]`).waitFor({ state: "attached" });
      assert.equal(await scheme(), theme);
    }
    await page.evaluate(() => window.say({ plimsoll: "theme", theme: "system" }));
    await frame.locator(":root:not([data-theme])").waitFor({ state: "attached" });
  }));

test("on a phone all tabs of a frame are in sight", async () => {
  const page = await context.newPage();
  await page.setViewportSize({ width: 360, height: 700 });
  await page.goto(`${url}?embed`);
  await page.locator("#tabs button").last().waitFor();
  const cut = await page.locator("#tabs button").evaluateAll((tabs) => tabs.filter((tab) => tab.getBoundingClientRect().right > innerWidth || tab.scrollWidth > tab.clientWidth).map((tab) => tab.textContent));
  assert.deepEqual(cut, []);
  await page.close();
});

test("a sandboxed frame works", () =>
  onHost("sandbox.html", async (page, frame) => {
    await frame.locator("#findings-summary", { hasText: "No findings in" }).waitFor();
    await page.evaluate((text) => window.say({ plimsoll: "set", text, profile: "production" }), POD);
    await frame.locator('.finding[data-policy="privileged-container"]').waitFor();
    await frame.getByRole("tab", { name: "Fixes" }).click();
    await frame.locator("#panel-fixed .summary", { hasText: /ready|no safe fix/ }).waitFor();
  }));

test("an embedded page is accessible", async () => {
  const page = await context.newPage();
  await page.goto(`${url}?embed&policy=drain-deadlock`);
  await page.locator(".finding").first().waitFor();
  assert.deepEqual(await violations(page), []);
  await page.close();
});

test("a webview writes the page with its own policy and the address of its files", async () => {
  const { origin } = new URL(url);
  const policy = `default-src 'none'; script-src 'nonce-abc' ${origin} 'wasm-unsafe-eval'; style-src ${origin}; img-src ${origin}; connect-src ${origin}; worker-src blob:`;
  const html = (await readFile(join(DIST, "index.html"), "utf8"))
    .replace(/content="default-src[^"]*"/, `content="${policy}"`)
    .replaceAll(/(src|href)="\.\//g, `$1="${url}`)
    .replaceAll("<script", '<script nonce="abc"')
    .replace("<head>", `<head><meta name="plimsoll-assets" content="${url}">`);
  const webview = await serve({ others: { "webview.html": html } });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => isError(message) && complaints.push(message.text()));
  await page.goto(`${webview.url}webview.html?embed`);
  await page.locator(".finding").first().waitFor();
  await page.locator('#editor[data-schema="ready"]').waitFor();
  await page.getByRole("tab", { name: "Fixes" }).click();
  await page.locator("#panel-fixed .cm-changedLine").first().waitFor();
  assert.deepEqual(complaints, []);
  await page.close();
  webview.server.close();
});
