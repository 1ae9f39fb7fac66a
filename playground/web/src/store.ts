// The state of the page, and its changes.

import { ChangeSet, type ChangeDesc } from "@codemirror/state";

import { Outdated, Policies, type Crash } from "./evaluate";
import { byCurrentIds } from "./renamed";
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
  /** The answer about the text as it was checked last, with the earlier findings where it can't be read. */
  readonly shown: Checked | null;
  /** Where the earlier findings begin in `shown.findings`, all of which are about text that can't be read now. */
  readonly stale: number;
  /** No policy could be loaded. */
  readonly failed: boolean;
  /** True while a check is running. */
  readonly busy: boolean;
  /** The finding that was selected last, in `shown.findings`. */
  readonly selected: number | null;
  /** What was last done to the text at a click; it can be undone while the text has that version. */
  readonly done: { readonly text: string; readonly version: number } | null;
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

/** The profile without policies: only those that are switched on check. */
export const NO_PROFILE = "off";

type Listener = (state: State, before: State) => void;

/** The store's access to the editor, which holds the text. */
export interface TextHolder {
  replace(text: string): void;
  edit(edits: readonly TextEdit[]): void;
  undo(): void;
  selectAll(): void;
  reveal(range: TextRange): void;
}

export class Store {
  #state: State;
  readonly #listeners = new Set<Listener>();
  readonly policies: Policies;
  #holder: TextHolder | null = null;
  #revealing: (() => void) | null = null;
  /** The policies by id. */
  readonly byId = new Map<string, Policy>();
  /** The changes of the text since the one of `result`. */
  #since: ChangeDesc;
  /** The changes since the text of `notes`. */
  #sinceNotes: ChangeDesc;
  /** The changes since the running check was sent. */
  #sinceSent: ChangeDesc;
  #whole = true;
  readonly #onIgnored: (what: string[]) => void;

  constructor(
    text: string,
    choices: Choices,
    onIgnored: (what: string[]) => void,
    onCrash: (crash: Crash, final: boolean) => void,
  ) {
    this.#onIgnored = onIgnored;
    this.#state = {
      text,
      version: 1,
      choices,
      catalogue: null,
      result: null,
      notes: [],
      errors: [],
      outdated: false,
      shown: null,
      stale: 0,
      failed: false,
      busy: true,
      selected: null,
      done: null,
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
        onCrash(crash, false);
      },
      failed: (crash) => {
        this.set({ busy: false, failed: true });
        onCrash(crash, true);
      },
    });
  }

  /** Loads the policies again after a failure. */
  retry(): void {
    this.set({ busy: true, failed: false });
    this.policies.retry();
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
      await this.#ignore(catalogue);
    } catch (error) {
      if (!(error instanceof Outdated)) throw error;
      if (attempts > 1) await this.#load(attempts - 1);
    }
  }

  /** Drops choices that can't be followed, which a link or an old draft may have, and says once which. Policies that were renamed
   * get the ids that they have. */
  async #ignore(catalogue: Catalogue): Promise<void> {
    const { choices } = this.#state;
    const { profile, kubernetesVersion } = choices;
    const policies = byCurrentIds(choices.policies, catalogue.renamed);
    const change: { [Key in keyof Choices]?: Choices[Key] | undefined } = {};
    const ignored: string[] = [];
    if (profile !== undefined && profile !== NO_PROFILE && !catalogue.profiles.includes(profile)) {
      change.profile = undefined;
      ignored.push(`the profile “${profile}”`);
    }
    if (policies !== choices.policies) change.policies = policies;
    const unknown = Object.keys(policies).filter((id) => !this.byId.has(id));
    if (unknown.length > 0) {
      change.policies = Object.fromEntries(Object.entries(policies).filter(([id]) => this.byId.has(id)));
      ignored.push(`${unknown.length === 1 ? "the policy" : "the policies"} ${unknown.map((id) => `“${id}”`).join(", ")}`);
    }
    const [first] = catalogue.policies;
    if (kubernetesVersion !== undefined && first) {
      const wrong = await this.policies.wrongSettings(first.id, { kubernetesVersion });
      if (wrong.length > 0) {
        change.kubernetesVersion = undefined;
        ignored.push(`the Kubernetes version “${kubernetesVersion}”`);
      }
    }
    if (Object.keys(change).length === 0 || this.#state.choices !== choices) return;
    this.choose(change);
    if (ignored.length > 0) this.#onIgnored(ignored);
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

  /** Changes the text. `done` says what that was, in the past tense: it is shown with an undo. */
  edit(edits: readonly TextEdit[], done: string): void {
    this.#holder?.edit(edits);
    this.set({ done: { text: done, version: this.#state.version } });
  }

  /** Takes the last change back. */
  undo(): void {
    this.#holder?.undo();
    this.set({ done: null });
  }

  /** Puts the focus into the editor, with everything selected. */
  selectAll(): void {
    this.#revealing?.();
    this.#holder?.selectAll();
  }

  /** Calls `before` when a place in the editor is about to be shown. */
  onReveal(before: () => void): void {
    this.#revealing = before;
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
    if (this.#state.catalogue) void this.#ignore(this.#state.catalogue).catch(() => undefined);
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

  /** The position of a range of `notes` or `shown` in the current text. */
  locateShown(range: TextRange): TextRange {
    return moved(range, this.#sinceNotes);
  }

  /** Shows a place of `result` in the editor. */
  reveal(range: TextRange): void {
    this.#revealing?.();
    this.#holder?.reveal(this.locate(range));
  }

  /** Shows a place of `notes` or `shown` in the editor. */
  revealShown(range: TextRange): void {
    this.#revealing?.();
    this.#holder?.reveal(this.locateShown(range));
  }

  /** The choices, with today's date. */
  get config(): Config {
    return { ...this.#state.choices, today: today() };
  }

  #check(): void {
    this.policies.check(this.#state.text, this.config);
  }

  /** What was last known of the documents that can't be read now. After a paste over everything, that is nothing. */
  #earlier(checked: Checked): Earlier | null {
    const { shown, text } = this.#state;
    if (!shown || !keepsAnything(this.#sinceNotes)) return null;
    const broken = brokenParts(text, checked.errors);
    const known = new Set(checked.objects.map(nameOf));
    const locate = (range: TextRange) => moved(range, this.#sinceNotes);
    const kept = new Map<number, number>();
    const objects: Checked["objects"] = [];
    for (const [index, object] of shown.objects.entries()) {
      const range = locate(object.range);
      if (known.has(nameOf(object)) || !broken.some(({ from, to }) => from <= range.from && range.from < to)) continue;
      kept.set(index, objects.length);
      objects.push({ ...object, range });
    }
    const findings = shown.findings.flatMap((finding) => {
      const object = kept.get(finding.object);
      if (object === undefined) return [];
      const related = finding.related.map((related) => ({ ...related, range: related.range && locate(related.range) }));
      return [{ ...finding, object, range: locate(finding.range), related }];
    });
    return { objects, findings };
  }

  #checked(checked: Checked): void {
    const readable = checked.errors.length === 0;
    const { notes } = checked;
    const earlier = readable ? null : this.#earlier(checked);
    this.#sinceNotes = this.#sinceSent;
    const shown = earlier ? withEarlier(checked, earlier) : checked;
    const common = { shown, stale: checked.findings.length, failed: false, notes, errors: checked.errors, selected: null, busy: this.policies.isBusy };
    if (!readable && this.#whole && this.#state.result) {
      // The last good result stays while the user is typing.
      this.set({ ...common, outdated: true });
      return;
    }
    this.#since = this.#sinceSent;
    this.#whole = readable;
    this.set({ ...common, result: checked, outdated: false });
  }
}

/** The earlier findings of what can't be read, and their objects. */
interface Earlier {
  readonly objects: Checked["objects"];
  readonly findings: Checked["findings"];
}

/** An answer, followed by earlier findings. */
function withEarlier(checked: Checked, { objects, findings }: Earlier): Checked {
  const first = checked.objects.length;
  return {
    ...checked,
    objects: [...checked.objects, ...objects],
    findings: [...checked.findings, ...findings.map((finding) => ({ ...finding, object: finding.object + first, fix: null, newObject: null }))],
  };
}

function moved(range: TextRange, since: ChangeDesc): TextRange {
  const from = since.mapPos(Math.min(range.from, since.length), 1);
  const to = since.mapPos(Math.min(range.to, since.length), -1);
  return { from, to: Math.max(from, to) };
}

function nameOf({ kind, namespace, name }: Checked["objects"][number]): string {
  return JSON.stringify([kind, namespace, name]);
}

/** The documents of a text with errors; the whole text if an error has no place. */
function brokenParts(text: string, errors: Checked["errors"]): TextRange[] {
  const starts = [0, ...[...text.matchAll(/^---/gm)].map(({ index }) => index)];
  const parts = starts.map((from, index) => ({ from, to: starts[index + 1] ?? text.length + 1 }));
  return errors.every(({ range }) => range !== null)
    ? parts.filter(({ from, to }) => errors.some(({ range }) => range !== null && from <= range.from && range.from < to))
    : [{ from: 0, to: text.length + 1 }];
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
