// How fast the built page is, in a real browser: node scripts/measure.mjs
// Numbers are for people: nothing fails because of them.

import { readFile } from "node:fs/promises";

import { browse, open, paste, serve, settle } from "../tests/browser.mjs";

const example = await readFile(new URL("../../../examples/web-service.yaml", import.meta.url), "utf8");
const lines = example.split("\n").length;

/** As many services as have so many lines. */
function manifest(wanted) {
  const services = Array.from({ length: Math.ceil(wanted / lines) }, (_, n) => example.replaceAll("storefront", `storefront-${n}`));
  return services.join("---\n");
}

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

const { url, server } = await serve();
const context = await browse();
context.setDefaultTimeout(60_000);

const openFiles = [];
for (let n = 0; n < 5; n++) {
  const { page } = await open(context, url);
  openFiles.push(await page.evaluate(() => performance.now()));
  await page.close();
}
openFiles.sort((one, other) => one - other);
console.log(`first findings after opening: ${Math.round(openFiles[2])} ms (median of ${openFiles.length})`);

for (const wanted of [1000, 20000]) {
  const { page } = await open(context, url);
  await paste(page, manifest(wanted));
  await settle(page);
  await page.waitForTimeout(500);
  const keys = wanted > 5000 ? 20 : 60;
  // Into a comment at the beginning, and into the last value.
  await page.evaluate(() => {
    const panel = document.getElementById("panel");
    window.times = [];
    window.blocked = [];
    let pressed = 0;
    document.addEventListener("keydown", (event) => {
      pressed = event.timeStamp;
      const start = performance.now();
      setTimeout(() => window.blocked.push(performance.now() - start));
    }, true);
    new MutationObserver(() => {
      if (panel.dataset.busy !== "false") return;
      const typed = pressed;
      requestAnimationFrame(() => setTimeout(() => window.times.push(performance.now() - typed)));
    }).observe(panel, { attributes: true, attributeFilter: ["data-busy"] });
  });
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.press("End");
  for (let key = 0; key < keys; key++) {
    const before = await page.evaluate(() => window.times.length);
    await page.keyboard.press(key % 10 === 9 ? "Space" : "x");
    await page.waitForFunction((before) => window.times.length > before, before);
  }
  const { times, blocked } = await page.evaluate(() => ({ times: window.times, blocked: window.blocked }));
  times.sort((one, other) => one - other);
  blocked.sort((one, other) => one - other);
  const of = (list, share) => Math.round(quantile(list, share));
  console.log(
    `${wanted} lines: keystroke to findings ${of(times, 0.5)} ms in the median, ${of(times, 0.95)} ms at the 95th percentile; ` +
      `page blocked ${of(blocked, 0.5)} ms, ${of(blocked, 0.95)} ms (${times.length} keys)`,
  );
  const findings = await page.locator(".summary").textContent();
  console.log(`  ${findings}`);
  await page.close();
}
await context.close();
server.close();
