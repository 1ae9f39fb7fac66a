// The text and the choices survive a reload: they stay in this browser until they are reset. Each tab has its own draft;
// a new one begins with the last.

import { announce, notify, type Action } from "./announce";
import { element } from "./element";
import { isEqual } from "./equal";
import { firstExample, firstExampleIfLoaded } from "./examples";
import { choicesOf, fileOf, readFile, savedOf, type Saved } from "./saved";
import { remember } from "./history";
import { keep, recall } from "./storage";
import type { Choices, Store } from "./store";

const DRAFT = "plimsoll.draft";
/** The draft from before a link was opened and edited. */
const EARLIER = "plimsoll.draft.earlier";

/** How long typing has to pause before a draft is written, in milliseconds. */
const PAUSE = 500;

/** The last draft that was written; null without one. */
export function readDraft(): Saved | null {
  const own = parse(recall(DRAFT, "sessionStorage"));
  return own ? (isNothing(own) ? null : own) : read(DRAFT);
}

function read(key: string): Saved | null {
  return parse(recall(key));
}

function parse(text: string | null): Saved | null {
  const reading = readFile(text ?? "");
  return reading && "saved" in reading ? reading.saved : null;
}

function write(key: string, saved: Saved | null): void {
  keep(key, saved === null || isNothing(saved) ? null : fileOf(saved));
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
  readonly #isKept: boolean;
  /** The visitor knows that drafts can't be kept. */
  #isTold = false;
  /** The text that the user has not written: nothing is lost with it. */
  #foreign: string | null = null;
  /** Runs while a change is not saved yet. */
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `isKept`: whether the browser is asked to keep anything. */
  constructor(store: Store, isKept = true) {
    this.#store = store;
    this.#isKept = isKept;
    if (!isKept) return;
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
    const saved = savedOf(state);
    const isKept = keep(DRAFT, fileOf(saved), "sessionStorage");
    write(DRAFT, saved);
    if (isKept) {
      this.#isTold = false;
    } else if (!this.#isTold) {
      this.#isTold = true;
      notify("kept", "This browser doesn't keep the text: it has no room for it or may not. Save it before you leave the page.");
    }
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
    this.#remember();
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
    const isForeign = before.text === undefined || before.text === this.#foreign;
    this.#remember();
    this.#unlink();
    await this.#load(saved);
    this.keep();
    const choicesAre = (other: Saved) => isEqual({ ...before, text: "" }, { ...other, text: "" });
    const now = savedOf(this.#store.state);
    if (isEqual(before, now) || (isForeign && choicesAre(now))) announce(message);
    else this.#offer(message, before);
  }

  /** Shows another text under the same choices, and offers to go back. */
  replaceText(text: string, message: string): Promise<void> {
    return this.replace({ ...savedOf(this.#store.state), text }, message);
  }

  /** Shows an example, and offers to go back. */
  async example(text: string, choices: Choices, message: string): Promise<void> {
    await this.replace({ ...savedOf({ ...this.#store.state, choices }), text }, message);
    this.#foreign = this.#store.state.text;
  }

  /** Puts the shown text into the history, unless it is an example. */
  #remember(): void {
    if (!this.#isKept) return;
    const saved = savedOf(this.#store.state);
    if (saved.text !== undefined && saved.text.trim() !== "" && saved.text !== this.#foreign) remember(saved);
  }

  /** Resets everything, and offers to undo that while the page is open. */
  reset(): Promise<void> {
    write(EARLIER, null);
    return this.replace({}, "Everything is as at the beginning.");
  }

  #offer(message: string, draft: Saved, ...more: Action[]): void {
    const back = async () => {
      this.#remember();
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
