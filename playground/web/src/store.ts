// The state of the page, and its changes.

import { ChangeSet, type ChangeDesc } from "@codemirror/state";

import { Outdated, Policies, type Crash } from "./evaluate";
import type { Catalogue, Checked, Config, Policy, TextEdit, TextRange } from "./transfer";

/** The user's choices; the date is added when they are sent. */
export type Choices = Omit<Config, "today">;

export interface State {
  /** The text in the editor. */
  readonly text: string;
  /** Counts changes of the text and of the choices. */
  readonly version: number;
  readonly choices: Choices;
  /** Null until the policies are loaded. */
  readonly catalogue: Catalogue | null;
  /** The result for the text; while typing, for the last text that could be read as a whole. */
  readonly result: Checked | null;
  /** The notes of Kubernetes' own definitions about the last checked text, which may be newer than that of `result`. */
  readonly notes: Checked["notes"];
  /** The errors of the current text. */
  readonly errors: Checked["errors"];
  /** True while `result` is about an earlier text than `errors`. */
  readonly outdated: boolean;
  /** True while a check is running. */
  readonly busy: boolean;
  /** The finding that was selected last, in `result.findings`. */
  readonly selected: number | null;
  /** The policy whose documentation is open. */
  readonly documented: string | null;
  /** The view that was requested last. */
  readonly asked: Asked | null;
}

/** A view, and what it should show first. */
export interface Asked {
  readonly view: string;
  readonly policy: string;
}

type Listener = (state: State, before: State) => void;

/** The store's access to the editor, which holds the text. */
export interface TextHolder {
  replace(text: string): void;
  edit(edits: readonly TextEdit[]): void;
  reveal(range: TextRange): void;
}

export class Store {
  #state: State;
  readonly #listeners = new Set<Listener>();
  readonly policies: Policies;
  #holder: TextHolder | null = null;
  /** The policies by id. */
  readonly byId = new Map<string, Policy>();
  /** The changes of the text since the one of `result`. */
  #since: ChangeDesc;
  /** The changes since the text of `notes`. */
  #sinceNotes: ChangeDesc;
  /** The changes since the running check was sent. */
  #sinceSent: ChangeDesc;
  #whole = true;

  constructor(text: string, choices: Choices, onCrash: (crash: Crash) => void) {
    this.#state = {
      text,
      version: 1,
      choices,
      catalogue: null,
      result: null,
      notes: [],
      errors: [],
      outdated: false,
      busy: true,
      selected: null,
      documented: null,
      asked: null,
    };
    this.#since = ChangeSet.empty(text.length);
    this.#sinceNotes = this.#since;
    this.#sinceSent = this.#since;
    this.policies = new Policies({
      sent: () => {
        this.#sinceSent = ChangeSet.empty(this.#state.text.length);
      },
      checked: (checked) => this.#checked(checked),
      crashed: (crash) => {
        this.set({ busy: false });
        onCrash(crash);
      },
    });
  }

  /** Loads the policies and runs the first check. */
  start(): void {
    this.#check();
    void this.#load(3);
  }

  async #load(attempts: number): Promise<void> {
    try {
      const catalogue = await this.policies.catalogue();
      for (const policy of catalogue.policies) this.byId.set(policy.id, policy);
      this.set({ catalogue });
      // A link may name an unknown profile.
      const { profile } = this.#state.choices;
      if (profile !== undefined && !catalogue.profiles.includes(profile)) this.choose({ profile: undefined });
    } catch (error) {
      if (!(error instanceof Outdated)) throw error;
      if (attempts > 1) await this.#load(attempts - 1);
    }
  }

  /** Loads the fields of Kubernetes' kinds. */
  async learn(table: string): Promise<void> {
    try {
      const notes = await this.policies.learn(table);
      // A running check returns the notes with its answer.
      if (!this.policies.isBusy) this.set({ notes });
    } catch (error) {
      if (!(error instanceof Outdated)) throw error;
    }
  }

  get state(): State {
    return this.#state;
  }

  /** Calls `listener` after every change. */
  listen(listener: Listener): void {
    this.#listeners.add(listener);
  }

  set(change: Partial<State>): void {
    const before = this.#state;
    this.#state = { ...before, ...change };
    for (const listener of this.#listeners) listener(this.#state, before);
  }

  hold(holder: TextHolder): void {
    this.#holder = holder;
  }

  /** Called by the editor: the text has changed. */
  typed(text: string, changes: ChangeDesc): void {
    // After a paste over everything, the last good findings are about another text.
    if (!keepsAnything(changes)) this.#whole = false;
    this.#since = this.#since.composeDesc(changes);
    this.#sinceNotes = this.#sinceNotes.composeDesc(changes);
    this.#sinceSent = this.#sinceSent.composeDesc(changes);
    this.set({ text, version: this.#state.version + 1, busy: true });
    this.#check();
  }

  /** Puts another text into the editor. */
  replace(text: string): void {
    this.#whole = false;
    this.#holder?.replace(text);
  }

  /** Changes the text. */
  edit(edits: readonly TextEdit[]): void {
    this.#holder?.edit(edits);
  }

  /** Changes the configuration. Undefined means the default. */
  choose(change: { [Key in keyof Choices]?: Choices[Key] | undefined }): void {
    const choices = Object.entries({ ...this.#state.choices, ...change }).filter(([, value]) => value !== undefined);
    this.#chosen(Object.fromEntries(choices) as Choices);
    this.#check();
  }

  /** Replaces the text in the editor and the choices. */
  load(text: string, choices: Choices): void {
    this.#chosen(choices);
    const { version } = this.#state;
    this.replace(text);
    // An empty editor that stays empty reports no change.
    if (this.#state.version === version) this.#check();
  }

  #chosen(choices: Choices): void {
    this.set({ choices, version: this.#state.version + 1, busy: true, selected: null });
  }

  /** Shows the settings of a policy. */
  openSettings(policy: string): void {
    this.set({ documented: null, asked: { view: "policies", policy } });
  }

  /** The position of a range of `result` in the current text. */
  locate(range: TextRange): TextRange {
    return moved(range, this.#since);
  }

  /** The position of a range of `notes` in the current text. */
  locateNote(range: TextRange): TextRange {
    return moved(range, this.#sinceNotes);
  }

  /** Shows a place of `result` in the editor. */
  reveal(range: TextRange): void {
    this.#holder?.reveal(this.locate(range));
  }

  /** Shows a place of `notes` in the editor. */
  revealNote(range: TextRange): void {
    this.#holder?.reveal(this.locateNote(range));
  }

  /** The choices, with today's date. */
  get config(): Config {
    return { ...this.#state.choices, today: today() };
  }

  #check(): void {
    this.policies.check(this.#state.text, this.config);
  }

  #checked(checked: Checked): void {
    const readable = checked.errors.length === 0;
    const { notes } = checked;
    this.#sinceNotes = this.#sinceSent;
    if (!readable && this.#whole && this.#state.result) {
      // The last good result stays while the user is typing.
      this.set({ errors: checked.errors, notes, outdated: true, busy: this.policies.isBusy });
      return;
    }
    this.#since = this.#sinceSent;
    this.#whole = readable;
    this.set({
      result: checked,
      notes,
      errors: checked.errors,
      outdated: false,
      busy: this.policies.isBusy,
      selected: null,
    });
  }
}

function moved(range: TextRange, since: ChangeDesc): TextRange {
  const from = since.mapPos(Math.min(range.from, since.length), 1);
  const to = since.mapPos(Math.min(range.to, since.length), -1);
  return { from, to: Math.max(from, to) };
}

function keepsAnything(changes: ChangeDesc): boolean {
  let kept = false;
  changes.iterGaps(() => (kept = true));
  return kept;
}

function today(): string {
  const now = new Date();
  const two = (number: number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
