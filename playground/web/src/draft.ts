// The text and the choices survive a reload: they stay in this browser until they are reset.

import { announce, notify, type Action } from "./announce";
import { element } from "./element";
import { isEqual } from "./equal";
import { firstExample, firstExampleIfLoaded } from "./examples";
import { choicesOf, fileOf, readFile, savedOf, type Saved } from "./saved";
import type { Choices, Store } from "./store";

const DRAFT = "plimsoll.draft";
/** The draft from before a link was opened and edited. */
const EARLIER = "plimsoll.draft.earlier";

/** How long typing has to pause before a draft is written, in milliseconds. */
const PAUSE = 500;

/** The last draft that was written; null without one. */
export function readDraft(): Saved | null {
  return read(DRAFT);
}

function read(key: string): Saved | null {
  try {
    const reading = readFile(localStorage.getItem(key) ?? "");
    return reading && "saved" in reading ? reading.saved : null;
  } catch {
    // The browser may deny storage.
    return null;
  }
}

function write(key: string, saved: Saved | null): void {
  try {
    if (saved === null || isNothing(saved)) localStorage.removeItem(key);
    else localStorage.setItem(key, fileOf(saved));
  } catch {
    // A text that is too large for a draft is still in the editor.
  }
}

function isNothing(saved: Saved): boolean {
  return Object.keys(saved).length === 0;
}

/** The content of a link until something in it changes. */
interface Linked {
  readonly text: string | undefined;
  readonly choices: Choices;
}

/** Saves drafts and restores them. */
export class Drafts {
  readonly #store: Store;
  #linked: Linked | null = null;
  /** Runs while a change is not saved yet. */
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: Store) {
    this.#store = store;
    store.listen((state, before) => {
      if (state.text === before.text && state.choices === before.choices) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.keep(), PAUSE);
    });
    addEventListener("pagehide", () => this.keep());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.keep();
    });
  }

  /** Writes the draft now. The unchanged content of a link needs none. */
  keep(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { state } = this.#store;
    if (this.#linked) {
      const { text = firstExampleIfLoaded() ?? "", choices } = this.#linked;
      if (state.text === text && state.choices === choices) return;
      const earlier = readDraft();
      if (earlier) write(EARLIER, earlier);
      this.#unlink();
    }
    write(DRAFT, savedOf(state));
  }

  /** The page started with the content of a link, or without a link. */
  begun(link: Saved | null): void {
    if (link) {
      this.#linked = { text: link.text, choices: this.#store.state.choices };
      const draft = readDraft();
      if (draft && !isEqual(draft, link)) this.#offer("The link is shown. Your draft is kept.", draft);
    } else {
      const earlier = read(EARLIER);
      const discard = { name: "Discard it", run: () => write(EARLIER, null) };
      if (earlier) this.#offer("The draft that you had before you opened a link is kept.", earlier, discard);
    }
  }

  /** A link was opened in a page that showed something else. */
  async follow(link: Saved): Promise<void> {
    this.keep();
    await this.#load(link);
    this.begun(link);
  }

  /** The address now links to the shown content. */
  link(hash: string): void {
    this.keep();
    const { text, choices } = this.#store.state;
    history.replaceState(null, "", hash);
    this.#linked = { text, choices };
  }

  /** Shows something else, and offers to go back. */
  async replace(saved: Saved, message: string): Promise<void> {
    const before = savedOf(this.#store.state);
    this.#unlink();
    await this.#load(saved);
    this.keep();
    if (isEqual(before, savedOf(this.#store.state))) announce(message);
    else this.#offer(message, before);
  }

  /** Resets everything, and offers to undo that while the page is open. */
  reset(): Promise<void> {
    write(EARLIER, null);
    return this.replace({}, "Everything is as at the beginning.");
  }

  #offer(message: string, draft: Saved, ...more: Action[]): void {
    const back = async () => {
      this.#unlink();
      await this.#load(draft);
      this.keep();
      if (isEqual(draft, read(EARLIER))) write(EARLIER, null);
      announce("Your draft is shown");
    };
    notify("draft", message, [{ name: "Back to your draft", run: () => void back() }, ...more]);
  }

  async #load(saved: Saved): Promise<void> {
    const text = saved.text ?? (await firstExample());
    this.#store.load(text, choicesOf(saved));
  }

  #unlink(): void {
    if (!this.#linked) return;
    this.#linked = null;
    history.replaceState(null, "", location.pathname + location.search);
  }
}

/** The button that resets everything. */
export function mountReset(place: HTMLElement, drafts: Drafts): void {
  place.append(element("button", { type: "button", onclick: () => void drafts.reset() }, "Reset"));
}
