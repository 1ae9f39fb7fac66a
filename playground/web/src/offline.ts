// Makes the page work without a network, and announces new builds.

import { notify } from "./announce";
import { whenIdle } from "./idle";
import type { Store } from "./store";

/** Has the browser cache the page where that is allowed: over HTTPS and on loopback. */
export function keepForOffline(store: Store): void {
  if (!import.meta.env.PROD) return;
  // Private windows, settings and sandboxes can deny it; then the page just needs the network.
  const keep = () => void register().catch(() => undefined);
  // After the first findings, which would have to share the network with all other files. If the policies can't be loaded,
  // a newer build may be what helps.
  let begun = false;
  store.listen(({ result, failed }) => {
    if (begun || (!result && !failed)) return;
    begun = true;
    whenIdle(keep);
  });
}

async function register(): Promise<void> {
  const { serviceWorker } = navigator;
  const registration = await serviceWorker.register(new URL("service-worker.js", document.baseURI));
  let wanted = false;
  serviceWorker.addEventListener("controllerchange", () => {
    if (wanted) location.reload();
  });
  const offer = () => {
    const { waiting } = registration;
    // The first build of all replaces nothing.
    if (!waiting || !serviceWorker.controller) return;
    const reload = () => {
      wanted = true;
      waiting.postMessage("take over");
    };
    notify("build", "A new version of this page is ready. Your text is kept.", [{ name: "Reload", run: reload }]);
  };
  registration.addEventListener("updatefound", () => {
    const { installing } = registration;
    installing?.addEventListener("statechange", () => {
      if (installing.state === "installed") offer();
    });
  });
  offer();
  // A page that stays open looks for a new build whenever one comes back to it.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") registration.update().catch(() => undefined);
  });
}
