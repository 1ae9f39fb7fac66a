// Pictures of the main views, for docs/ and the README: node scripts/screenshots.mjs <directory>

import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { browse, open, serve } from "../tests/browser.mjs";

const [directory = "screenshots"] = process.argv.slice(2);
await mkdir(directory, { recursive: true });
const { url, server } = await serve();
for (const [name, options] of [
  ["light", {}],
  ["dark", { dark: true }],
  ["phone", { width: 390, height: 844 }],
]) {
  const context = await browse(options);
  const { page, complaints } = await open(context, url);
  await page.screenshot({ path: join(directory, `${name}.png`) });
  if (name === "light") {
    await page.locator(".finding .quiet").first().click();
    await page.locator("#documentation h2").waitFor();
    await page.screenshot({ path: join(directory, "documentation.png") });
    await page.keyboard.press("Escape");
    await page.locator("#editor .cm-lintRange").first().hover();
    await page.locator("#editor .cm-tooltip").waitFor();
    await page.screenshot({ path: join(directory, "hover.png") });
  }
  for (const complaint of complaints) console.error(`${name}: ${complaint}`);
  await context.close();
}
server.close();
