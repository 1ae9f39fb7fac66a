// Opening without a network.

/** Has the page kept by the browser, where browsers allow that: over HTTPS and on loopback. */
export function keepForOffline(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  // After the first findings: what it fetches is what the page has just loaded.
  const keep = () => {
    // Private windows and settings can refuse it, which costs nothing but the convenience.
    navigator.serviceWorker.register(new URL("service-worker.js", document.baseURI)).catch(() => undefined);
  };
  if (document.readyState === "complete") keep();
  else addEventListener("load", keep, { once: true });
}
