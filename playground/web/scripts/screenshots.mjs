// Pictures of the main views, for docs/ and the README: node scripts/screenshots.mjs <directory>

import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { browse, open, serve } from "../tests/browser.mjs";

const [directory = "screenshots"] = process.argv.slice(2);
await mkdir(directory, { recursive: true });
const { url, server } = await serve();

/** Takes pictures of a page of its own. */
async function onPage(options, work) {
  const context = await browse({ width: 1280, height: 800, ...options });
  const { page, complaints } = await open(context, url);
  await work(page, (name) => page.screenshot({ path: join(directory, `${name}.png`) }));
  for (const complaint of complaints) console.error(complaint);
  await context.close();
}

/** Goes to a tab, and waits for what it shows. */
async function tab(page, name, shown) {
  await page.getByRole("tab", { name }).click();
  await page.locator(shown).first().waitFor();
}

await onPage({}, async (page, picture) => {
  await picture("findings");
  await page.locator(".finding .quiet").first().click();
  await page.locator("#documentation h2").waitFor();
  await picture("documentation");
  await page.keyboard.press("Escape");
  await tab(page, "What the cluster says", "#panel-cluster details");
  await picture("cluster");
  await tab(page, "Diagrams", "#panel-pictures svg");
  await picture("termination");
  await page.getByLabel("Disruption and scaling").check();
  await page.locator("#panel-pictures svg").first().waitFor();
  await picture("disruption");
  await page.getByLabel("What targets what").check();
  await page.locator("#panel-pictures svg").first().waitFor();
  await picture("map");
  await tab(page, "Policies", "#panel-policies details");
  await picture("policies");
});
await onPage({ dark: true }, async (page, picture) => {
  await tab(page, /^Fixes/, "#panel-fixed button");
  await page.getByText("fixes ready").waitFor();
  await picture("fixed-dark");
});
await onPage({ width: 390, height: 844 }, async (page, picture) => {
  await picture("phone");
  await page.getByRole("button", { name: "Editor", exact: true }).click();
  await picture("phone-editor");
});
server.close();
