// The page without a network.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { browse, open, serve } from "./browser.mjs";

let context;

before(async () => {
  context = await browse();
  context.setDefaultTimeout(120_000);
});

after(() => context?.close());

test("after a visit the page opens and checks without its server", async () => {
  const { url, server } = await serve();
  const first = await open(context, url);
  await first.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await first.page.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await assert.rejects(fetch(url));
  const { page, complaints } = await open(context, url);
  await page.getByRole("button", { name: "Examples" }).click();
  await page.locator("dialog[open] [data-policy]").nth(100).waitFor({ state: "attached" });
  await page.keyboard.press("Escape");
  // What is loaded on demand is there, too.
  await page.getByRole("tab", { name: "Policies" }).click();
  await page.getByRole("button", { name: "Documentation of missing-prestop" }).click();
  await page.locator("#documentation").getByRole("heading", { name: "missing-prestop" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("tab", { name: "Diagrams" }).click();
  await page.locator("#panel-pictures svg").first().waitFor();
  assert.deepEqual(complaints, []);
  // A link with content is the same page.
  await page.goto("about:blank");
  await page.goto(`${url}?from=somewhere`);
  await page.locator(".finding").first().waitFor();
});

test("the page contacts no other server", async () => {
  const { url, server } = await serve();
  after(() => server.close());
  const page = await context.newPage();
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(url);
  await page.locator(".finding").first().waitFor();
  assert.ok(asked.length > 3);
  assert.deepEqual(asked.filter((address) => !address.startsWith(url)), []);
  await page.close();
});

test("the first findings share the network with nothing that is kept for the next visit", async () => {
  const { url, server } = await serve();
  after(() => server.close());
  const fresh = await browse();
  after(() => fresh.close());
  fresh.setDefaultTimeout(120_000);
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await fresh.route(/\.wasm$/, (route) => held.then(() => route.continue()));
  const page = await fresh.newPage();
  await page.goto(url);
  await page.locator("#tab-findings").waitFor();
  const registered = () => page.evaluate(() => navigator.serviceWorker.getRegistrations().then(({ length }) => length));
  assert.equal(await registered(), 0);
  release();
  await page.locator(".finding").first().waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  assert.equal(await registered(), 1);
});
