// How fast and how large the built page is, in a real browser: npm run measure [-- first typing memory]
// Numbers are for people: nothing fails because of them. Some are in docs/performance.md.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

import { browse, DIST, open, paste, serve, settle } from "../tests/browser.mjs";

const ROUNDS = 5;

/** A phone's network, as tools for measuring pages have it. */
const SLOW = { bytesPerSecond: 1.6e6 / 8, latency: 150 };
/** How many times slower the processor is. */
const THROTTLE = 4;

const example = readFileSync(new URL("../../../examples/web-service.yaml", import.meta.url), "utf8");
const lines = example.split("\n").length;

/** As many services as have so many lines. */
function manifest(wanted) {
  const services = Array.from({ length: Math.ceil(wanted / lines) }, (_, n) => example.replaceAll("storefront", `storefront-${n}`));
  return services.join("---\n");
}

const sorted = (numbers) => [...numbers].sort((one, other) => one - other);
const quantile = (numbers, share) => sorted(numbers)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))];
const median = (numbers) => quantile(numbers, 0.5);
const ms = (number) => `${Math.round(number)} ms`;
const MB = (bytes) => `${Math.round(bytes / 1e6)} MB`;

/** Serves the page as hosts do, compressed by Brotli, over a line that all its connections share. */
async function serveSlowly({ bytesPerSecond, latency }) {
  const compressed = new Map();
  const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml", ".wasm": "application/wasm" };
  const bodyOf = (name) => {
    if (!compressed.has(name)) {
      const body = readFileSync(join(DIST, name));
      compressed.set(name, brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }));
    }
    return compressed.get(name);
  };
  let sent = 0;
  let free = 0;
  const PIECE = 4000;
  const server = createServer((request, response) => {
    const name = new URL(request.url, "http://localhost").pathname.slice(1) || "index.html";
    let body;
    try {
      body = bodyOf(name);
    } catch {
      response.writeHead(404).end();
      return;
    }
    const write = (at) => {
      if (at >= body.length) {
        response.end();
        return;
      }
      const piece = body.subarray(at, at + PIECE);
      sent += piece.length;
      free = Math.max(free, performance.now()) + (piece.length / bytesPerSecond) * 1000;
      response.write(piece);
      setTimeout(() => write(at + PIECE), free - performance.now());
    };
    setTimeout(() => {
      response.writeHead(200, { "content-type": TYPES[extname(name)] ?? "application/octet-stream", "content-encoding": "br" });
      write(0);
    }, latency);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  // What is compressed first takes seconds.
  for (const { path } of listFiles()) bodyOf(path);
  return { url: `http://127.0.0.1:${server.address().port}/`, server, sent: () => sent, restart: () => (sent = 0) };
}

function listFiles() {
  const { files } = JSON.parse(/self\.BUILD=(\{.*?\});/.exec(readFileSync(join(DIST, "service-worker.js"), "utf8"))[1]);
  return ["index.html", ...files.filter((file) => file !== "index.html")].map((path) => ({ path }));
}

/** When the first finding is in the page, after the navigation began. */
const firstFinding = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        const look = () => {
          if (document.querySelector(".finding")) resolve(performance.now());
          else requestAnimationFrame(look);
        };
        look();
      }),
  );

async function first() {
  const { url, server } = await serve();
  const times = [];
  for (let n = 0; n < ROUNDS; n++) {
    // A browser of its own: nothing is cached, neither files nor compiled code.
    const context = await browse();
    context.setDefaultTimeout(120_000);
    const page = await context.newPage();
    await page.goto(url, { waitUntil: "commit" });
    times.push(await firstFinding(page));
    await context.close();
  }
  server.close();
  console.log(`first findings, cold: ${ms(median(times))} (${sorted(times).map(Math.round).join(", ")})`);

  const slow = await serveSlowly(SLOW);
  const slowTimes = [];
  let bytes = 0;
  for (let n = 0; n < ROUNDS; n++) {
    const context = await browse();
    context.setDefaultTimeout(300_000);
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    // Of the page; the worker's thread isn't slowed down by it.
    await session.send("Emulation.setCPUThrottlingRate", { rate: THROTTLE });
    slow.restart();
    await page.goto(slow.url, { waitUntil: "commit" });
    slowTimes.push(await firstFinding(page));
    bytes = slow.sent();
    await context.close();
  }
  slow.server.close();
  console.log(
    `the same at 1.6 Mbit/s, 150 ms latency and ${THROTTLE}x CPU (of the page's thread): ${ms(median(slowTimes))} ` +
      `(${sorted(slowTimes).map(Math.round).join(", ")}), ${Math.round(bytes / 1000)} kB sent until then`,
  );
}

/** Times of keystrokes until their findings are drawn, and how long each blocks the page. */
async function type(page, keys) {
  // Into a comment at the beginning.
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
  return page.evaluate(() => ({ times: window.times, blocked: window.blocked }));
}

async function typing() {
  const { url, server } = await serve();
  const context = await browse();
  context.setDefaultTimeout(120_000);
  for (const wanted of [1000, 5000, 20000]) {
    const rounds = [];
    for (let n = 0; n < ROUNDS; n++) {
      const { page } = await open(context, url);
      await page.locator('#editor[data-schema="ready"]').waitFor();
      await paste(page, manifest(wanted));
      await settle(page);
      const { times, blocked } = await type(page, wanted > 5000 ? 20 : 40);
      rounds.push({ half: median(times), most: quantile(times, 0.95), blocked: median(blocked), longest: quantile(blocked, 0.95) });
      await page.close();
    }
    const of = (key) => ms(median(rounds.map((round) => round[key])));
    console.log(
      `${wanted} lines: keystroke to findings ${of("half")} in the median, ${of("most")} at the 95th percentile; ` +
        `a keystroke blocks the page ${of("blocked")}, ${of("longest")}`,
    );
  }
  await context.close();
  server.close();
}

/** The memory of the browser's processes for pages that nobody else has, in bytes. */
function privateMemory(parent) {
  const all = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n");
  const children = new Map();
  const renderers = new Set();
  for (const line of all) {
    const [, pid, ppid, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (!pid) continue;
    children.set(ppid, [...(children.get(ppid) ?? []), pid]);
    if (args.includes("--type=renderer")) renderers.add(pid);
  }
  const below = (pid) => [pid, ...(children.get(pid) ?? []).flatMap(below)];
  let most = 0;
  for (const pid of below(String(parent)).filter((pid) => renderers.has(pid))) {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const bytes = [...rollup.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB$/gm)].reduce((sum, [, kB]) => sum + Number(kB) * 1024, 0);
    most = Math.max(most, bytes);
  }
  return most;
}

async function memory() {
  // Only an isolated page may ask.
  const headers = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
  const { url, server } = await serve({ headers });
  const of = { page: [], process: [] };
  for (let n = 0; n < ROUNDS; n++) {
    const context = await browse();
    context.setDefaultTimeout(120_000);
    const { page } = await open(context, url);
    await page.locator('#editor[data-schema="ready"]').waitFor();
    await paste(page, manifest(5000));
    await settle(page);
    await type(page, 20);
    of.page.push(await page.evaluate(async () => (await performance.measureUserAgentSpecificMemory()).bytes));
    of.process.push(privateMemory(process.pid));
    await context.close();
  }
  server.close();
  console.log(
    `5000 lines: ${MB(median(of.page))} of the page and its worker by the browser's own count, ` +
      `${MB(median(of.process))} in the process of the page, with the browser's own code and data`,
  );
}

const parts = { first, typing, memory };
const wanted = process.argv.slice(2);
for (const [name, measure] of Object.entries(parts)) {
  if (wanted.length === 0 || wanted.includes(name)) await measure();
}
