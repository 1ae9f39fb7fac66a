import { element } from "./element";

/** How long a browser may take to start saving a file. */
const PATIENCE = 60_000;

/** Downloads a file. */
export function download(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), PATIENCE);
}
