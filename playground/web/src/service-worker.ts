// Caches the page, which then opens without a network after the first visit. All files of a build are cached under its
// own name: a new build is fetched as a whole beside the old one, and takes over when a page asks for that, or when no
// page of the old one is open any more.

const worker = self as unknown as ServiceWorkerGlobalScope & {
  /** The build's files, relative to the page, and its name: the build writes both before this code. */
  readonly BUILD: { readonly name: string; readonly files: readonly string[] };
};
const build = worker.BUILD;
const PREFIX = "plimsoll-";
const kept = PREFIX + build.name;

worker.addEventListener("install", (event) => {
  // The browser's own cache may have a file of another build: the server is asked whether its copy is the current one.
  const requests = build.files.map((file) => new Request(file, { cache: "no-cache" }));
  event.waitUntil(caches.open(kept).then((cache) => cache.addAll(requests)));
});

worker.addEventListener("message", (event) => {
  if (event.data === "take over") void worker.skipWaiting();
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => isOurs(name) && name !== kept).map((name) => caches.delete(name)))),
  );
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const name = nameOf(request);
  // Other pages below the same address are not ours.
  if (request.method !== "GET" || name === null || !build.files.includes(name)) return;
  event.respondWith(
    caches
      .open(kept)
      .then((cache) => cache.match(name))
      .then((found) => found ?? fetch(request)),
  );
});

/** The name of a file of the page; null for what lies elsewhere. */
function nameOf(request: Request): string | null {
  const { origin, pathname } = new URL(request.url);
  const address = origin + pathname;
  const { scope } = worker.registration;
  return address.startsWith(scope) ? address.slice(scope.length) || "index.html" : null;
}

function isOurs(name: string): boolean {
  return name.startsWith(PREFIX);
}

export {};
