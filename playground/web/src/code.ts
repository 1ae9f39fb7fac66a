// Code blocks to copy and to download.

import "./code.css";

import { announce, notify } from "./announce";
import { element } from "./element";

/** A block of code in a file of that name. */
export function codeBlock(file: string, text: string): HTMLElement {
  return element(
    "figure",
    { class: "code" },
    element(
      "figcaption",
      {},
      element("code", {}, file),
      element("span", { class: "buttons" }, copyButton(file, () => text), downloadButton(file, () => text)),
    ),
    // Scrollable elements must be reachable by keyboard.
    element("pre", { tabindex: 0, role: "region", "aria-label": file }, text),
  );
}

/** A button that copies; `what` names the content for screen readers. */
export function copyButton(what: string, text: () => string): HTMLButtonElement {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const press = async () => {
    if (!(await copyText(text()))) {
      notify("copy", `The browser does not let ${what} be copied. Mark the text and copy it by hand.`);
      return;
    }
    announce(`Copied: ${what}`);
    button.textContent = "Copied";
    clearTimeout(timer);
    timer = setTimeout(() => (button.textContent = "Copy"), 2000);
  };
  const button = element("button", { type: "button", "aria-label": `Copy ${what}`, onclick: () => void press() }, "Copy");
  return button;
}

/** A button that downloads a file. */
export function downloadButton(file: string, text: () => string): HTMLButtonElement {
  const press = () => {
    download(file, text());
    announce(`Downloaded: ${file}`);
  };
  return element("button", { type: "button", "aria-label": `Download ${file}`, onclick: press }, "Download");
}

/** Copies a text to the clipboard; false if the browser denies it. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without permission, or on a page from another machine without TLS.
    return copyMarked(text);
  }
}

/** The fallback of older browsers: the text to copy must be selected somewhere. */
function copyMarked(text: string): boolean {
  const focused = document.activeElement;
  const place = element("textarea", { class: "unseen", readonly: true, "aria-hidden": "true" });
  // Not as text between the tags: that would lose a leading line break.
  place.value = text;
  document.body.append(place);
  place.select();
  // oxlint-disable-next-line typescript/no-deprecated -- the only way to copy where the page may not use the clipboard.
  const copied = document.execCommand("copy");
  place.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}

function download(file: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  element("a", { href: url, download: file }).click();
  // Not before the browser has started to read it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
