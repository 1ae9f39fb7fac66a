// The text and the choices survive a reload: they stay in this browser until somebody starts afresh.

import { announce, notify, type Action } from "./announce";
import { element } from "./element";
import { isEqual } from "./equal";
import { firstExample, firstExampleIfLoaded } from "./examples";
import { choicesOf, fileOf, readFile, savedOf, type Saved } from "./saved";
import type { Choices, Store } from "./store";

const DRAFT = "plimsoll.draft";
/** The draft that was there before somebody began to work on what a link held. */
const EARLIER = "plimsoll.draft.earlier";

/** How long somebody pauses before a draft is written, in milliseconds. */
const PAUSE = 500;

/** What was written last; null when there is nothing. */
export function readDraft(): Saved | null {
  return read(DRAFT);
}

function read(key: string): Saved | null {
  try {
    const reading = readFile(localStorage.getItem(key) ?? "");
    return reading && "saved" in reading ? reading.saved : null;
  } catch {
    // A browser may refuse.
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

/** What a link held, as long as nothing of it has been changed. */
interface Linked {
  readonly text: string | undefined;
  readonly choices: Choices;
}

/** Keeps drafts, and puts what was kept in their place. */
export class Drafts {
  readonly #store: Store;
  #linked: Linked | null = null;
  /** Runs while something has changed that isn't kept yet. */
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

  /** Writes the draft now. What a link holds needs none. */
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

  /** The page has begun with what a link held, or without a link. */
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

  /** The address now links to what is shown. */
  link(hash: string): void {
    this.keep();
    const { text, choices } = this.#store.state;
    history.replaceState(null, "", hash);
    this.#linked = { text, choices };
  }

  /** Shows something else, and offers the way back. */
  async replace(saved: Saved, told: string): Promise<void> {
    const before = savedOf(this.#store.state);
    this.#unlink();
    await this.#load(saved);
    this.keep();
    if (isEqual(before, savedOf(this.#store.state))) announce(told);
    else this.#offer(told, before);
  }

  /** Forgets everything, and offers the way back while the page is open. */
  reset(): Promise<void> {
    write(EARLIER, null);
    return this.replace({}, "Everything is as at the beginning.");
  }

  #offer(told: string, draft: Saved, ...more: Action[]): void {
    const back = async () => {
      this.#unlink();
      await this.#load(draft);
      this.keep();
      if (isEqual(draft, read(EARLIER))) write(EARLIER, null);
      announce("Your draft is shown");
    };
    notify("draft", told, [{ name: "Back to your draft", run: () => void back() }, ...more]);
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

/** The button that forgets everything. */
export function mountReset(place: HTMLElement, drafts: Drafts): void {
  place.append(element("button", { type: "button", onclick: () => void drafts.reset() }, "Reset"));
}
