import { element } from "./element";

/** How long a browser may take to begin with a file. */
const PATIENCE = 60_000;

/** Gives somebody a file. */
export function download(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), PATIENCE);
}
