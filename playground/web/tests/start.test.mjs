// Never a blank page: whatever is missing, denied or too new, there are words and a way on.

import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { browse, DIST, open, paste, serve, settle } from "./browser.mjs";
import { POD } from "./page.mjs";

let url;
let server;

before(async () => {
  ({ url, server } = await serve());
});

after(() => server?.close());

/** Runs a test in a browser of its own: what is routed and kept there concerns no other. */
async function inBrowser(work, options) {
  const context = await browse(options);
  context.setDefaultTimeout(120_000);
  try {
    await work(context);
  } finally {
    await context.close();
  }
}

for (const [width, height] of [[1400, 900], [390, 844]]) {
  test(`no tab makes the page taller than a window of ${width} by ${height}`, () =>
    inBrowser(async (context) => {
      const { page } = await open(context, url);
      const tabs = await page.getByRole("tab").all();
      assert.equal(tabs.length, 6);
      for (const tab of tabs) {
        await tab.click();
        await page.locator("#panel > :not([hidden], [aria-busy]) > *").first().waitFor();
        const size = await page.evaluate(() => [document.documentElement.scrollHeight, document.documentElement.scrollWidth]);
        assert.deepEqual(size, [height, width], await tab.textContent());
      }
      await page.getByRole("tab", { name: "Policies" }).click();
      await page.locator(".policy").nth(100).scrollIntoViewIfNeeded();
      await page.locator(".policy").nth(100).getByRole("button", { name: "Documentation" }).focus();
      assert.equal(await page.evaluate(() => document.documentElement.scrollTop + document.body.scrollTop), 0);
    }, { width, height }));
}

test("the page starts where the browser denies storage", () =>
  inBrowser(async (context) => {
    await context.addInitScript(() => {
      for (const name of ["localStorage", "sessionStorage"]) {
        Object.defineProperty(window, name, {
          get() {
            throw new DOMException("denied", "SecurityError");
          },
        });
      }
    });
    const { page, complaints } = await open(context, url);
    await page.getByLabel("Colours").selectOption("dark");
    await paste(page, POD);
    await page.locator('.finding[data-policy="privileged-container"]').waitFor();
    await page.locator('.notice[data-kind="kept"]', { hasText: "doesn't keep the text" }).waitFor();
    assert.deepEqual(complaints, []);
  }));

test("other pages below the same address stay what they are", () =>
  inBrowser(async (context) => {
    const served = await serve({ others: { "docs/": "<title>Another page</title>", "docs/index.html": "<title>And another</title>" } });
    try {
      const { page } = await open(context, served.url);
      await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
      // Controlled from its next visit on.
      await page.reload();
      await page.locator(".finding").first().waitFor();
      assert.ok(await page.evaluate(() => navigator.serviceWorker.controller !== null));
      for (const [path, title] of [["docs/", "Another page"], ["docs/index.html", "And another"]]) {
        await page.goto(served.url + path);
        assert.equal(await page.title(), title);
      }
      await page.goto(`${served.url}?from=docs`);
      await page.locator(".finding").first().waitFor();
    } finally {
      served.server.close();
    }
  }));

test("policies that can't be loaded are tried three times, reported once, and retried on request", () =>
  inBrowser(async (context) => {
    let asked = 0;
    await context.route("**/*.wasm", (route) => {
      // The service worker fetches everything by itself.
      if (route.request().serviceWorker() === null) asked++;
      return route.abort();
    });
    const page = await context.newPage();
    await page.goto(url);
    const notice = page.locator('.notice[data-kind="crash"]');
    await notice.filter({ hasText: "can't be started" }).waitFor();
    assert.equal(await notice.count(), 1);
    assert.equal(asked, 3);
    await page.locator("#findings-summary", { hasText: "could not be loaded" }).waitFor();
    await context.unroute("**/*.wasm");
    await notice.getByRole("button", { name: "Retry" }).click();
    await page.locator(".finding").first().waitFor();
    assert.equal(asked, 3);
    await notice.waitFor({ state: "detached" });
  }));

test("a page opened as a file says how to serve it", () =>
  inBrowser(async (context) => {
    const page = await context.newPage();
    await page.goto(`file://${join(DIST, "index.html")}`);
    await page.getByText("python3 -m http.server").waitFor();
  }));

test("a new build is announced and taken", () =>
  inBrowser(async (context) => {
    const dist = await mkdtemp(join(tmpdir(), "plimsoll-dist-"));
    await cp(DIST, dist, { recursive: true });
    const served = await serve({ dist });
    try {
      const { page } = await open(context, served.url);
      await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
      await page.reload();
      await page.locator(".finding").first().waitFor();
      await paste(page, POD);
      await settle(page);
      const [html, worker] = [join(dist, "index.html"), join(dist, "service-worker.js")];
      await writeFile(html, (await readFile(html, "utf8")).replace("<title>", "<title>New: "));
      await writeFile(worker, (await readFile(worker, "utf8")).replace(/"name":"[0-9a-f]+"/, '"name":"0123456789abcdef"'));
      await page.evaluate(() => navigator.serviceWorker.getRegistration().then((registration) => registration.update()));
      const notice = page.locator('.notice[data-kind="build"]', { hasText: "A new version of this page is ready" });
      await notice.getByRole("button", { name: "Reload" }).click();
      await page.waitForFunction(() => document.title.startsWith("New: "));
      await page.locator('.finding[data-policy="privileged-container"]').waitFor();
    } finally {
      served.server.close();
    }
  }));

test("files that are missing after a deployment can be tried again", () =>
  inBrowser(async (context) => {
    const { page } = await open(context, url);
    await context.route(/assets\/(diff|frame)-/, (route) => route.fulfill({ status: 404 }));
    await page.getByRole("tab", { name: "Fixes" }).click();
    const notice = page.locator('.notice[data-kind="lazy"]');
    await notice.filter({ hasText: "The comparison could not be loaded" }).waitFor();
    await page.getByRole("tab", { name: "Diagrams" }).click();
    await notice.filter({ hasText: "The tab “Diagrams” could not be loaded" }).waitFor();
    await context.unroute(/assets\/(diff|frame)-/);
    await notice.getByRole("button", { name: "Retry" }).click();
    await page.locator("#panel-pictures svg").first().waitFor();
  }));

test("what is known of the policies can be tried again, in each place that shows it", () =>
  inBrowser(async (context) => {
    const { page } = await open(context, url);
    const missing = () => context.route(/policies\.json/, (route) => route.fulfill({ status: 404 }));
    await missing();
    const notice = page.locator('.notice[data-kind="lazy"]', { hasText: "What is known of the policies could not be loaded" });
    // The export is there without it.
    await page.getByRole("tab", { name: "Deploy" }).click();
    await notice.waitFor();
    await page.locator("#panel-export .code").first().waitFor();
    await page.getByRole("tab", { name: "Policies" }).click();
    const policy = page.locator('.policy[data-policy="missing-prestop"]');
    await policy.locator("summary", { hasText: "Settings" }).click();
    await policy.locator("details:not([open])").first().waitFor();
    await context.unroute(/policies\.json/);
    await notice.getByRole("button", { name: "Retry" }).click();
    await page.locator("#setting-missing-prestop-minSeconds").waitFor();
  }));

test("a policy's documentation can be tried again", () =>
  inBrowser(async (context) => {
    const { page } = await open(context, url);
    await context.route(/policies\.json/, (route) => route.fulfill({ status: 404 }));
    await page.getByRole("tab", { name: "Policies" }).click();
    await page.getByRole("button", { name: "Documentation of missing-prestop" }).click();
    const notice = page.locator('.notice[data-kind="lazy"]');
    await notice.waitFor();
    await context.unroute(/policies\.json/);
    await notice.getByRole("button", { name: "Retry" }).click();
    await page.locator("#documentation").getByRole("heading", { name: "missing-prestop" }).waitFor();
  }));
