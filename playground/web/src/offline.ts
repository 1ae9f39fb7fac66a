// Makes the page work without a network.

/** Has the browser cache the page where that is allowed: over HTTPS and on loopback. */
export function keepForOffline(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  // After the first findings: it fetches only what the page has just loaded.
  const keep = () => {
    // Private windows and settings can deny it; then the page just needs the network.
    navigator.serviceWorker.register(new URL("service-worker.js", document.baseURI)).catch(() => undefined);
  };
  if (document.readyState === "complete") keep();
  else addEventListener("load", keep, { once: true });
}
