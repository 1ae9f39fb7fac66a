// The findings: by object or by practice, the worst first, filtered, each with its actions.

import "./findings.css";

import { announce, notify } from "../announce";
import { element, fill } from "../element";
import { applyFix, restore, suppress } from "../editor/fixing";
import { applyNote } from "../editor/noting";
import { applySafe } from "../fixall";
import { previewFix } from "../preview";
import { recognised } from "../recognised";
import { mountReports, reportFalsePositive } from "../reporting";
import type { State, Store } from "../store";
import type { Checked, Finding, Object as KubernetesObject } from "../transfer";
import type { View } from "./view";

type Grouping = "object" | "practice";

/** A finding, and where it is in the result. */
interface Entry {
  finding: Finding;
  index: number;
}

/** How many findings are shown at first; a button shows more. */
const PAGE = 50;

/** How many reading errors are listed. */
const MOST_ERRORS = 20;

/** Stands for Kubernetes' own definitions among the severities. */
const SCHEMA = "schema";

class Findings implements View {
  readonly id = "findings";
  readonly title = "Findings";
  #store!: Store;
  #grouping: Grouping = "object";
  /** The severities that are shown; all if it is empty. */
  readonly #severities = new Set<string>();
  #category = "";
  #shown = PAGE;
  #exempting: Finding | null = null;
  /** The rendered entries, in the order of the findings, with their visible content. */
  #entries: Entry[] = [];
  #drawn: Entry[] = [];
  #looks = "";
  #noteLooks = "";
  readonly #summary = element("p", { class: "summary", id: "findings-summary", tabindex: -1 });
  readonly #counts = element("div", { class: "counts", role: "group", "aria-label": "Severities" });
  readonly #fixAll = element("button", { type: "button", class: "fix", hidden: true, onclick: () => void this.#fixSafe() });
  readonly #filters = element("div", { class: "filters" });
  readonly #undo = element("button", { type: "button", onclick: () => this.#takeBack() }, "Undo");
  readonly #doneText = element("span", {});
  /** What was just done, above the list, which may have lost the button that did it. */
  readonly #done = element("p", { class: "done", hidden: true }, this.#doneText, " ", this.#undo);
  readonly #notes = element("div", {});
  readonly #list = element("div", { class: "findings" });
  /** The open disclosures. */
  readonly #open = new Set<string>();
  #last: Pick<State, "shown" | "notes" | "errors" | "catalogue" | "failed"> | null = null;
  #doneShown: State["done"] = null;

  badge({ shown, notes }: State): number {
    return (shown?.findings.length ?? 0) + notes.length;
  }

  mount(place: HTMLElement, store: Store): void {
    this.#store = store;
    place.addEventListener("keydown", (event) => move(place, event));
    place.append(
      this.#summary,
      element("div", { class: "row" }, this.#counts, this.#fixAll),
      this.#filters,
      this.#done,
      this.#notes,
      this.#list,
    );
  }

  update(state: State): void {
    const { shown, notes, errors, catalogue, failed } = state;
    const last = this.#last;
    this.#drawDone(state);
    if (last && last.shown === shown && last.errors === errors && last.catalogue === catalogue && last.failed === failed) {
      // The list stays as it is while the user types in it.
      if (last.notes !== notes && shown) {
        this.#say(summary(shown, this.#wanted(shown).length, state));
        this.#drawCounts(state, shown);
        this.#drawNotes(state, shown);
      }
      this.#last = { ...last, notes };
      this.#mark(state.selected);
      return;
    }
    if (last?.shown !== shown) this.#exempting = null;
    if (!last || last.catalogue !== catalogue) this.#drawFilters(state);
    this.#last = { shown, notes, errors, catalogue, failed };
    this.#draw();
  }

  /** What was done stays until the text changes; then an undo would take something else back. */
  #drawDone({ done, version }: State): void {
    const current = done?.version === version ? done : null;
    if (current === this.#doneShown) return;
    this.#doneShown = current;
    const had = this.#done.contains(document.activeElement);
    this.#doneText.textContent = current?.text ?? "";
    this.#done.hidden = current === null;
    if (current === null && had) this.#summary.focus();
  }

  #takeBack(): void {
    announce(`Undone: ${this.#doneText.textContent ?? ""}`);
    this.#store.undo();
  }

  /** Does something that may remove the button that was pressed, and leaves the focus beside what it says. */
  async #do(act: () => Promise<boolean>): Promise<void> {
    if (await act()) {
      this.#drawDone(this.#store.state);
      this.#undo.focus();
    }
  }

  #fixSafe(): Promise<void> {
    return this.#do(() => applySafe(this.#store));
  }

  #drawFilters(state: State): void {
    const categories = [...new Set(state.catalogue?.policies.map((policy) => policy.category))].sort();
    const choice = (label: string, value: string, options: [string, string][], choose: (value: string) => void) => {
      const select = element(
        "select",
        { onchange: () => (choose(select.value), (this.#shown = PAGE), this.#draw()) },
        ...options.map(([id, text]) => element("option", { value: id, selected: id === value }, text)),
      );
      return element("label", {}, label, " ", select);
    };
    fill(
      this.#filters,
      choice("Group by", this.#grouping, [["object", "object"], ["practice", "practice"]], (value) => {
        this.#grouping = value as Grouping;
      }),
      choice("Category", this.#category, [["", "all"], ...categories.map((name): [string, string] => [name, name])], (value) => {
        this.#category = value;
      }),
      mountReports(this.#store),
    );
  }

  /** The numbers by severity, which are switches too. */
  #drawCounts({ catalogue, notes }: State, { findings }: Checked): void {
    const safe = findings.filter(({ fix }) => fix?.applicability === "safe").length;
    this.#fixAll.hidden = safe === 0;
    const label = `Fix ${safe} safe`;
    if (this.#fixAll.textContent !== label) this.#fixAll.textContent = label;
    const severities = [...(catalogue?.severities ?? [])].reverse();
    const numbers = severities.map((name): [string, number] => [name, findings.filter(({ severity }) => severity === name).length]);
    numbers.push([SCHEMA, notes.length]);
    const shown = numbers.filter(([name, number]) => number > 0 || this.#severities.has(name));
    const looks = JSON.stringify(shown);
    if (this.#counts.dataset["looks"] === looks) return;
    this.#counts.dataset["looks"] = looks;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset["severity"] : undefined;
    fill(
      this.#counts,
      ...shown.map(([name, number]) =>
        element(
          "button",
          {
            type: "button",
            class: `count-of ${name}`,
            "data-severity": name,
            "aria-pressed": String(this.#severities.has(name)),
            onclick: (event) => this.#only(name, event.currentTarget as HTMLElement),
          },
          `${number} ${name}`,
        ),
      ),
    );
    if (focused) this.#counts.querySelector<HTMLElement>(`[data-severity="${focused}"]`)?.focus();
  }

  #only(severity: string, button: HTMLElement): void {
    if (!this.#severities.delete(severity)) this.#severities.add(severity);
    button.setAttribute("aria-pressed", String(this.#severities.has(severity)));
    this.#shown = PAGE;
    this.#noteLooks = "";
    this.#draw();
    announce(this.#summary.textContent ?? "");
  }

  /** The findings that the filters let pass, the worst of an object or a practice first. */
  #wanted(result: Checked): Entry[] {
    const severities = this.#store.state.catalogue?.severities ?? [];
    const rank = ({ finding }: Entry) => -severities.indexOf(finding.severity);
    const isOther = ({ finding }: Entry) =>
      (this.#severities.size > 0 && !this.#severities.has(finding.severity)) ||
      (this.#category !== "" && this.#store.byId.get(finding.policy)?.category !== this.#category);
    const wanted = result.findings.map((finding, index): Entry => ({ finding, index })).filter((entry) => !isOther(entry));
    if (this.#grouping === "practice") {
      return wanted.sort((one, other) => rank(one) - rank(other) || compare(one.finding.policy, other.finding.policy));
    }
    const place = ({ finding }: Entry) => result.objects[finding.object]?.range.from ?? 0;
    return wanted.sort((one, other) => place(one) - place(other) || one.finding.object - other.finding.object || rank(one) - rank(other));
  }

  #draw(): void {
    const { state } = this.#store;
    const { shown: result, stale } = state;
    if (!result) {
      this.#say(state.failed ? "The policies could not be loaded." : "The policies are being loaded …");
      fill(this.#list);
      this.#looks = "";
      return;
    }
    const wanted = this.#wanted(result);
    this.#say(summary(result, wanted.length, state));
    this.#drawCounts(state, result);
    this.#drawNotes(state, result);

    const entries = wanted.slice(0, this.#shown);
    const left = wanted.length - this.#shown;
    const looks = JSON.stringify([this.#grouping, stale < result.findings.length, left, this.#exempting, entries.map((entry) => this.#lookOf(result, entry))]);
    if (looks === this.#looks) {
      // Most keystrokes change nothing visible: the entries stay, and now belong to the new findings.
      entries.forEach((entry, position) => Object.assign(this.#entries[position] ?? {}, entry));
      for (const [position, item] of [...this.#list.querySelectorAll<HTMLElement>(".finding")].entries()) {
        const index = String(this.#drawn[position]?.index);
        if (item.dataset["finding"] !== index) item.dataset["finding"] = index;
      }
      this.#mark(state.selected);
      return;
    }
    this.#looks = looks;
    this.#entries = entries;

    const groups = new Map<string | number, Entry[]>();
    for (const entry of entries) {
      const key = this.#grouping === "object" ? entry.finding.object : entry.finding.policy;
      const group = groups.get(key);
      if (group) group.push(entry);
      else groups.set(key, [entry]);
    }
    this.#drawn = [...groups.values()].flat();
    const drawn = [...groups].map(([key, entries]) => this.#drawGroup(result, key, entries, stale));
    fill(
      this.#list,
      ...drawn,
      left > 0 &&
        element(
          "button",
          { type: "button", class: "more", onclick: () => ((this.#shown += PAGE), this.#draw()) },
          `Show ${Math.min(left, PAGE)} more of ${left}`,
        ),
    );
    this.#mark(state.selected);
  }

  /** Sets a text only if it differs, which avoids a layout. */
  #say(summary: string): void {
    if (this.#summary.textContent !== summary) this.#summary.textContent = summary;
  }

  /** Everything that is visible of a finding. */
  #lookOf(result: Checked, { finding, index }: Entry): unknown[] {
    const { policy, severity, message, help, object, range, related, fix, newObject } = finding;
    const isStale = index >= this.#store.state.stale;
    const others = related.map((related) => [related.title, related.message, related.range !== null]);
    return [policy, severity, message, help, titleOf(result.objects[object]), this.#line(range.from), others, fix, newObject !== null, isStale];
  }

  #drawNotes(state: State, result: Checked): void {
    const { wrongSettings, skipped, unusedExemptions, suppressed, repeated, patches, objects } = result;
    const unchecked = uncheckedKinds(objects);
    const hint = recognised(state.text);
    // Line numbers are rendered again, because they may have changed.
    const moving = [state.errors, state.notes, suppressed, repeated].some((list) => list.length > 0);
    const looks = moving ? "" : JSON.stringify([wrongSettings, skipped, unusedExemptions, unchecked, patches, hint, state.choices.complete]);
    if (!moving && looks === this.#noteLooks) return;
    this.#noteLooks = looks;
    const errors = state.errors.map((error) =>
      element(
        "li",
        { class: "error" },
        error.range
          ? this.#jump(`Line ${this.#line(error.range.from)}`, () => {
              this.#store.revealShown(error.range ?? { from: 0, to: 0 });
            })
          : null,
        element("span", {}, ` cannot be read: ${error.message}`),
      ),
    );
    const more = errors.length - MOST_ERRORS;
    const wrong = wrongOnce(result).map((text) => element("li", { class: "error" }, text));
    const missing = skipped.map((missing) => element("li", {}, `${missing.needs}: ${missing.policies.join(", ")}`));
    const checks = new Set(skipped.flatMap(({ policies }) => policies)).size;
    const unused = unusedExemptions.map((unused) => element("li", {}, unused.message));
    const exempted = suppressed.map(({ finding, reason, by }, index) =>
      element(
        "li",
        {},
        this.#jump(`Line ${this.#line(finding.range.from)}`, () => this.#store.revealShown(finding.range)),
        ` ${finding.policy}: ${finding.message} (${reason}) `,
        by === "annotation" &&
          element(
            "button",
            { type: "button", "data-restore": index, onclick: () => void this.#do(() => restore(this.#store, index)) },
            "Bring back",
            element("span", { class: "unseen" }, ` ${finding.policy} of ${titleOf(objects[finding.object])}`),
          ),
      ),
    );
    const twice = repeated.map(({ title, ranges }) =>
      element(
        "li",
        {},
        `${title}: `,
        ...ranges.flatMap((range, index) => [
          index > 0 ? ", " : null,
          this.#jump(`line ${this.#line(range.from)}`, () => this.#store.revealShown(range)),
        ]),
        ". Only one can be in a cluster: the last one applied wins.",
      ),
    );
    const folded = (title: string, items: HTMLElement[]) =>
      items.length > 0 && this.#fold(title.replace(/ .*/, ""), `${title}: ${items.length}`, element("ul", {}, ...items));
    fill(
      this.#notes,
      hint && element("div", { class: "hints" }, element("p", {}, hint.text), element("pre", { tabindex: "0" }, hint.command)),
      errors.length + wrong.length > 0 &&
        element(
          "ul",
          { class: "errors" },
          ...errors.slice(0, MOST_ERRORS),
          more > 0 && element("li", { class: "error" }, `${more} more places cannot be read.`),
          ...wrong,
        ),
      unchecked !== "" && element("p", { class: "aside" }, unchecked),
      patches > 0 &&
        element(
          "p",
          { class: "aside" },
          `${patches === 1 ? "1 document is a patch" : `${patches} documents are patches`} for other objects and passed over. Paste what kubectl kustomize prints.`,
        ),
      skipped.length > 0 &&
        this.#fold(
          "skipped",
          `${checks === 1 ? "1 check" : `${checks} checks`} skipped: add ${skipped.map(({ needs }) => needs).join(", ")}`,
          element("ul", {}, ...missing),
          element(
            "label",
            {},
            element("input", {
              type: "checkbox",
              checked: state.choices.complete === true,
              onchange: () => this.#store.choose({ complete: !this.#store.state.choices.complete }),
            }),
            " This is everything in the cluster",
          ),
        ),
      folded("Exempted", exempted),
      folded("Exemptions that match nothing", unused),
      folded("Twice in the text", twice),
      this.#drawSchemaNotes(state, result),
    );
  }

  /** A disclosure that stays as it is when the list is drawn again. */
  #fold(key: string, title: string, ...content: HTMLElement[]): HTMLElement {
    const toggled = () => {
      if (made.open) this.#open.add(key);
      else this.#open.delete(key);
    };
    const made = element("details", { open: this.#open.has(key), ontoggle: toggled }, element("summary", {}, title), ...content);
    return made;
  }

  /** What Kubernetes' own definitions say: such fields are dropped or rejected, whatever the policies say. */
  #drawSchemaNotes({ notes }: State, { objects }: Checked): HTMLElement | null {
    if (notes.length === 0 || (this.#severities.size > 0 && !this.#severities.has(SCHEMA))) return null;
    const items = notes.map((note) => {
      const { fix } = note;
      const object = titleOf(objects[note.object]);
      return element(
        "li",
        { class: "finding schema-note" },
        element("span", { class: "severity schema" }, SCHEMA),
        element(
          "div",
          { class: "said" },
          this.#jump(`${object}: ${note.message}`, () => this.#store.revealShown(note.range)),
          element(
            "div",
            { class: "actions" },
            element("span", { class: "line" }, `Line ${this.#line(note.range.from)}`),
            fix &&
              element(
                "button",
                { type: "button", class: "fix", onclick: () => void this.#do(() => Promise.resolve(applyNote(this.#store, note))) },
                fix.title,
                element("span", { class: "unseen" }, ` in ${object}`),
              ),
          ),
        ),
      );
    });
    return element(
      "section",
      { class: "group schema-notes" },
      element("h2", {}, "Kubernetes schema", element("span", { class: "count" }, String(notes.length))),
      element("ul", {}, ...items),
    );
  }

  #drawGroup(result: Checked, key: string | number, entries: Entry[], stale: number): HTMLElement {
    const heading =
      typeof key === "number" ? titleOf(result.objects[key]) : (this.#store.byId.get(key)?.title ?? key);
    return element(
      "section",
      { class: entries.every(({ index }) => index >= stale) ? "group stale" : "group" },
      element("h2", {}, heading, element("span", { class: "count" }, String(entries.length))),
      element("ul", {}, ...entries.map((entry) => this.#drawFinding(result, entry))),
    );
  }

  /** Click handlers use the entry's state at the time of the click. */
  #drawFinding(result: Checked, entry: Entry): HTMLElement {
    const { finding, index } = entry;
    const { fix } = finding;
    const open = () => this.#store.set({ documented: entry.finding.policy, selected: entry.index });
    const title = titleOf(result.objects[finding.object]);
    const object = this.#grouping === "practice" ? `${title}: ` : "";
    // Screen readers list buttons without what stands around them.
    const named = (policy = true) => element("span", { class: "unseen" }, ` ${policy ? `${finding.policy} ` : ""}of ${title}`);
    return element(
      "li",
      { class: "finding", "data-finding": index, "data-policy": finding.policy, "data-severity": finding.severity },
      element("span", { class: `severity ${finding.severity}` }, finding.severity),
      element(
        "div",
        { class: "said" },
        this.#jump(`${object}${finding.message}`, () => {
          this.#store.set({ selected: entry.index });
          this.#store.revealShown(entry.finding.range);
        }),
        element("p", { class: "help" }, finding.help),
        ...finding.related.map((related, position) =>
          element(
            "p",
            { class: "related" },
            related.range
              ? this.#jump(related.title, () => this.#revealRelated(entry, position))
              : related.title,
            `: ${related.message}`,
          ),
        ),
        element(
          "div",
          { class: "actions" },
          element("span", { class: "line" }, `Line ${this.#line(finding.range.from)}`),
          fix && fix.applicability !== "display" && this.#fixButton(entry, named()),
          finding.newObject !== null &&
            element(
              "button",
              { type: "button", class: "fix", onclick: () => void this.#do(() => Promise.resolve(this.#add(entry.finding.newObject ?? ""))) },
              "Add the object",
              named(),
            ),
          element("button", { type: "button", class: "quiet", onclick: open, title: "Why, and what to write" }, finding.policy, named(false)),
          index < this.#store.state.stale &&
            element("button", { type: "button", class: "quiet", onclick: () => this.#exempt(entry.finding) }, "Exempt …", named()),
        ),
        this.#exempting === finding ? this.#exemptionForm(result, entry) : null,
      ),
    );
  }

  /** A button that shows what it would do while it is pointed at or has the focus. */
  #fixButton(entry: Entry, named: HTMLElement): HTMLElement {
    const { fix } = entry.finding;
    const safe = fix?.applicability === "safe";
    const button = element(
      "button",
      {
        type: "button",
        class: safe ? "fix" : "fix risky",
        onclick: () => void this.#do(() => applyFix(this.#store, entry.index)),
      },
      safe ? "Fix" : "Fix (may change behaviour)",
      named,
    );
    previewFix(this.#store, button, () => entry.index, fix?.title ?? "");
    return button;
  }

  #revealRelated(entry: Entry, position: number): void {
    const range = entry.finding.related[position]?.range;
    if (range) this.#store.revealShown(range);
  }

  #exempt(finding: Finding): void {
    this.#exempting = this.#exempting === finding ? null : finding;
    this.#draw();
    this.#list.querySelector<HTMLInputElement>(".exemption input")?.focus();
  }

  #exemptionForm(result: Checked, entry: Entry): HTMLElement {
    const { policy } = entry.finding;
    const reason = element("input", { type: "text", required: true, placeholder: "why this is right here" });
    const submit = (event: Event) => {
      event.preventDefault();
      if (reason.value.trim()) void this.#do(() => suppress(this.#store, entry.index, reason.value));
    };
    return element(
      "form",
      { class: "exemption", onsubmit: submit },
      element("label", {}, "Reason ", reason),
      element("button", { type: "submit" }, "Write the annotation"),
      element("button", { type: "button", onclick: () => this.#switchOff(policy) }, `Switch ${policy} off`),
      element(
        "button",
        { type: "button", class: "quiet", onclick: () => void reportFalsePositive(this.#store, result, entry.finding) },
        "Report a false positive",
      ),
    );
  }

  #switchOff(policy: string): void {
    const { policies } = this.#store.state.choices;
    this.#store.choose({ policies: { ...policies, [policy]: { ...policies[policy], enabled: false } } });
    notify("policies", `${policy} is switched off. The tab Policies switches it on again.`, [
      { name: "Undo", run: () => this.#store.choose({ policies }) },
    ]);
    this.#summary.focus();
  }

  #add(object: string): boolean {
    const { text } = this.#store.state;
    const before = text === "" || text.endsWith("\n") ? "" : "\n";
    this.#store.edit([{ from: text.length, to: text.length, insert: `${before}---\n${object}` }], "Object added");
    return true;
  }

  #jump(text: string, go: () => void): HTMLElement {
    return element("button", { type: "button", class: "jump", onclick: go }, text);
  }

  /** The line of a place of the shown answer in the current text. */
  #line(at: number): number {
    return lineOf(this.#store.state.text, this.#store.locateShown({ from: at, to: at }).from);
  }

  #mark(selected: number | null): void {
    for (const item of this.#list.querySelectorAll<HTMLElement>(".finding")) {
      item.toggleAttribute("data-selected", item.dataset["finding"] === String(selected));
    }
  }
}

/** The tab with the findings. */
export const findings: View = new Findings();

/** From finding to finding by arrow keys, and ten at a time: each has several buttons. */
const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };

function move(place: HTMLElement, event: KeyboardEvent): void {
  const step = STEPS[event.key];
  const own = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>(".finding") : null;
  if (step === undefined || !own || event.altKey || event.ctrlKey || event.metaKey || event.target instanceof HTMLInputElement) return;
  const all = [...place.querySelectorAll<HTMLElement>(".finding")];
  const at = Math.min(all.length - 1, Math.max(0, all.indexOf(own) + step));
  event.preventDefault();
  all[at]?.querySelector<HTMLElement>(".jump")?.focus();
}

/** Kind, namespace and name, as in `Deployment shop/web`. */
export function titleOf(object: KubernetesObject | undefined): string {
  if (!object) return "";
  return `${object.kind} ${object.namespace ? `${object.namespace}/` : ""}${object.name}`;
}

function summary(result: Checked, wanted: number, { notes, stale, errors }: State): string {
  const objects = result.objects.length === 1 ? "1 object" : `${result.objects.length} objects`;
  const all = result.findings.length;
  const found = all === 1 ? "1 finding" : all === 0 ? "No findings" : `${all} findings`;
  const some = wanted === all ? found : `${wanted} of ${found}`;
  const schema = notes.length === 0 ? "" : notes.length === 1 ? " and 1 schema error" : ` and ${notes.length} schema errors`;
  const old = all - stale;
  const earlier = errors.length === 0 || old === 0 ? "" : `, ${old === all ? "" : `${old} of them `}of the text before it could no longer be read`;
  return `${some}${schema} in ${objects}${earlier}.`;
}

/** The kinds that no policy checks, in a sentence; empty if there are none. */
function uncheckedKinds(objects: readonly KubernetesObject[]): string {
  const kinds = new Map<string, number>();
  for (const { kind, checked } of objects) if (!checked) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  if (kinds.size === 0) return "";
  const names = [...kinds].map(([kind, number]) => (number > 1 ? `${kind} (${number})` : kind)).join(", ");
  const all = [...kinds.values()].reduce((sum, number) => sum + number);
  return all === objects.length
    ? `No policy checks what is here: ${names}.`
    : `${all === 1 ? "1 object is of a kind" : `${all} objects are of kinds`} that no policy checks: ${names}.`;
}

/** What is wrong with settings. What is wrong for every policy in the same way is said once. */
function wrongOnce({ wrongSettings }: Checked): string[] {
  const policies = new Map<string, string[]>();
  for (const { policy, field, reason } of wrongSettings) {
    const what = [field, reason].filter(Boolean).join(": ");
    policies.set(what, [...(policies.get(what) ?? []), policy]);
  }
  return [...policies].map(([what, [first = "", ...others]]) =>
    others.length === 0 ? `Settings of ${first}: ${what}` : `Settings of ${first} and ${others.length} other policies: ${what}`,
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

let counted: { text: string; starts: number[] } = { text: "", starts: [0] };

/** The line of a place in a text, from 1. */
function lineOf(text: string, at: number): number {
  if (counted.text !== text) {
    const starts = [0];
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) starts.push(end + 1);
    counted = { text, starts };
  }
  let low = 0;
  let high = counted.starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((counted.starts[middle] ?? 0) <= at) low = middle;
    else high = middle;
  }
  return low + 1;
}
