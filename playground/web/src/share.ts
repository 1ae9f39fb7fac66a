// Sharing: text and choices in the fragment of the URL, which browsers don't send to servers.

import { announce, notify } from "./announce";
import { makeDialog } from "./dialog";
import { download } from "./download";
import type { Drafts } from "./draft";
import { element } from "./element";
import { Outdated } from "./evaluate";
import { masked } from "./reporting";
import { FILE_NAME, fileOf, problemOf, readSaved, savedOf, VERSION, type Reading, type Saved } from "./saved";
import type { Store } from "./store";
import type { TextRange } from "./transfer";

/** Longer links are cut or rejected in many places. In bytes, which are characters in a URL. */
const LONG = 30_000;

/** The maximum of a decompressed link, in bytes. A few bytes can decompress to gigabytes. */
const LARGEST = 5_000_000;

const FORMAT = "deflate-raw";

/** The hash of a link: the version, then JSON, compressed, in letters that need no escape. */
export async function hashOf(saved: Saved): Promise<string> {
  const compressed = await read(new Blob([JSON.stringify(saved)]).stream().pipeThrough(new CompressionStream(FORMAT)));
  return `#${VERSION}.${toLetters(compressed)}`;
}

/** The content of a link; null if the hash is something else, such as an anchor. */
export async function readHash(hash: string): Promise<Reading | null> {
  const [, version, rest] = /^#(\d+)(.*)$/s.exec(hash) ?? [];
  if (version === undefined || rest === undefined) return null;
  const problem = problemOf(version);
  if (problem !== null) return { problem };
  try {
    if (!rest.startsWith(".")) throw new Error("no payload");
    const stream = new Blob([fromLetters(rest.slice(1))]).stream().pipeThrough(new DecompressionStream(FORMAT));
    const bytes = await read(stream, LARGEST);
    if (!bytes) return { problem: `it holds more than ${LARGEST / 1_000_000} MB` };
    return readSaved(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch {
    return { problem: "it is damaged or incomplete" };
  }
}

/** Reports why a link was not opened. */
export function tellProblem(problem: string): void {
  notify("link", `The link can't be read: ${problem}.`);
}

/** Opens links that are followed in an open page. */
export function followLinks(drafts: Drafts): void {
  addEventListener("hashchange", () => {
    void readHash(location.hash).then((reading) => {
      if (!reading) return;
      if ("saved" in reading) void drafts.follow(reading.saved);
      else tellProblem(reading.problem);
    });
  });
}

/** The button that makes a link. */
export function mountShare(place: HTMLElement, store: Store, drafts: Drafts): void {
  const dialog = makeDialog("share", "share-title");
  const share = async () => {
    const credentials = await credentialsOf(store);
    const saved = savedOf(store.state);
    const show = async (shared: Saved, found: number) => {
      const hash = await hashOf(shared);
      const isLong = hash.length > LONG;
      // The address is where people copy from: no credential gets there unasked.
      const isInAddress = !isLong && shared === saved && found === 0;
      if (isInAddress) drafts.link(hash);
      const address = new URL(hash, location.href).href;
      dialog.show(
        element("h2", { id: "share-title" }, "Share"),
        found > 0 && warning(found, () => void show({ ...saved, text: masked(store.state.text, credentials) }, 0)),
        ...offer(address, shared, isLong, isInAddress),
      );
    };
    await show(saved, credentials.length);
  };
  place.append(element("button", { type: "button", onclick: () => void share() }, "Share"));
}

/** The credentials in the text; none while the text changes. */
export async function credentialsOf(store: Store): Promise<TextRange[]> {
  try {
    await store.policies.settled();
    return await store.policies.credentials();
  } catch (error) {
    if (!(error instanceof Outdated)) throw error;
    return [];
  }
}

function warning(found: number, replace: () => void): HTMLElement {
  return element(
    "div",
    { class: "warning" },
    element(
      "p",
      {},
      `The text holds ${found === 1 ? "a credential" : `${found} credentials`}: everybody who gets the link or the file can use ${found === 1 ? "it" : "them"}.`,
    ),
    element("button", { type: "button", onclick: replace }, "Share without credentials"),
  );
}

function offer(address: string, saved: Saved, isLong: boolean, isInAddress: boolean): HTMLElement[] {
  const link = element("input", { type: "text", id: "share-link", readonly: true, value: address, spellcheck: "false" });
  link.addEventListener("focus", () => link.select());
  const copied = element("p", { role: "status" });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(address);
      copied.textContent = "The link is copied.";
    } catch {
      link.focus();
      copied.textContent = "The browser doesn't let the page copy. The link is selected: copy it with the keyboard.";
    }
  };
  const save = () => {
    download(FILE_NAME, fileOf(saved), "application/json");
    announce(`Downloaded ${FILE_NAME}`);
  };
  return [
    element(
      "p",
      {},
      "The link holds the text and what is switched on. Browsers send no server what follows the #, but everybody who has the link can read all of it.",
    ),
    isLong
      ? element(
          "p",
          { class: "warning" },
          `The link has ${Math.ceil(address.length / 1000)} kB. Many programs cut or reject links of more than ${LONG / 1000} kB. Send the file instead: “Open” reads it.`,
        )
      : element("p", {}, isInAddress ? "It is in the address bar too, until something changes." : "It is not in the address bar."),
    element("label", { for: "share-link" }, "Link"),
    link,
    element(
      "p",
      { class: "actions" },
      element("button", { type: "button", onclick: () => void copy() }, "Copy the link"),
      element("button", { type: "button", onclick: save }, "Download as a file"),
    ),
    copied,
  ];
}

/** All bytes of a stream. */
async function read(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>>;
/** The same; null if there are more than `most`, in which case the rest is never decompressed. */
async function read(stream: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array<ArrayBuffer> | null>;
async function read(stream: ReadableStream<Uint8Array>, most = Infinity): Promise<Uint8Array<ArrayBuffer> | null> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.length;
    if (length > most) {
      await reader.cancel();
      return null;
    }
    parts.push(part.value);
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function toLetters(bytes: Uint8Array): string {
  let text = "";
  // A call takes a limited number of arguments.
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromLetters(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}
