// A real browser on the built page.

import { createServer } from "node:http";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";

import { chromium } from "playwright-core";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

export const DIST = new URL("../dist/", import.meta.url).pathname;

/** Serves the built page on loopback, under a path of its own: nothing may depend on being at the top. `others` are more
 * pages beside it, by their paths. */
export async function serve({ dist = DIST, others = {}, headers = {} } = {}) {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    if (!path.startsWith("/some/where/")) {
      response.writeHead(404).end();
      return;
    }
    const name = path.slice("/some/where/".length);
    if (others[name] !== undefined) {
      response.writeHead(200, { "content-type": TYPES[".html"] }).end(others[name]);
      return;
    }
    const file = join(dist, name || "index.html");
    readFile(file).then(
      (body) => response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", ...headers }).end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: `http://127.0.0.1:${address.port}/some/where/`, server };
}

/** Starts the distribution's Chromium with an empty profile. */
export async function browse(options = {}) {
  const profile = await mkdtemp(join(tmpdir(), "plimsoll-"));
  return chromium.launchPersistentContext(profile, {
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
    viewport: { width: options.width ?? 1400, height: options.height ?? 900 },
    colorScheme: options.dark ? "dark" : "light",
    reducedMotion: "reduce",
    acceptDownloads: true,
  });
}

/** The page, once it shows findings. What it complains of is collected: a test should find nothing there. */
export async function open(context, url) {
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  await page.goto(url);
  await page.locator(".finding").first().waitFor();
  return { page, complaints };
}

/** Pastes a text over the one in the editor. */
export async function paste(page, text) {
  const content = page.locator("#editor .cm-content");
  // On a narrow screen the editor takes turns with the results.
  const isNarrow = !(await content.isVisible());
  if (isNarrow) await page.getByRole("button", { name: "Editor", exact: true }).click();
  await content.click();
  await page.keyboard.press("ControlOrMeta+a");
  await content.evaluate((content, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    content.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
  if (isNarrow) await page.getByRole("button", { name: "Results", exact: true }).click();
}

/** Waits until the text and the choices as they are now have been checked and shown. */
export async function settle(page) {
  await page.waitForFunction(() => document.getElementById("panel")?.dataset.busy === "false");
}
