// The findings: by object or by practice, filtered, each with its actions.

import { element, fill } from "../element";
import { applyFix, suppress } from "../editor/fixing";
import { applyNote } from "../editor/noting";
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

class Findings implements View {
  readonly id = "findings";
  readonly title = "Findings";
  #store!: Store;
  #grouping: Grouping = "object";
  #severity = "info";
  #category = "";
  #shown = PAGE;
  #exempting: Finding | null = null;
  /** The rendered entries, in the order of the findings, with their visible content. */
  #entries: Entry[] = [];
  #drawn: Entry[] = [];
  #looks = "";
  #noteLooks = "";
  readonly #summary = element("p", { class: "summary", id: "findings-summary" });
  readonly #filters = element("div", { class: "filters" });
  readonly #notes = element("div", {});
  readonly #list = element("div", { class: "findings" });
  #last: Pick<State, "result" | "notes" | "outdated" | "errors" | "catalogue"> | null = null;
  /** The list of schema notes is unfolded. */
  #unfolded = false;

  mount(place: HTMLElement, store: Store): void {
    this.#store = store;
    place.append(this.#summary, this.#filters, this.#notes, this.#list);
  }

  update(state: State): void {
    const { result, notes, outdated, errors, catalogue } = state;
    const last = this.#last;
    this.#list.classList.toggle("outdated", outdated);
    if (last && last.result === result && last.outdated === outdated && last.errors === errors && last.catalogue === catalogue) {
      // The list stays as it is while the user types in it.
      if (last.notes !== notes && result) this.#drawNotes(state, result);
      this.#last = { ...last, notes };
      this.#mark(state.selected);
      return;
    }
    if (last?.result !== result) this.#exempting = null;
    if (!last || last.catalogue !== catalogue) this.#drawFilters(state);
    this.#last = { result, notes, outdated, errors, catalogue };
    this.#draw();
  }

  #drawFilters(state: State): void {
    const severities = state.catalogue?.severities ?? ["info"];
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
      choice("Severity", this.#severity, severities.map((name) => [name, name === "critical" ? name : `${name} and above`]), (value) => {
        this.#severity = value;
      }),
      choice("Category", this.#category, [["", "all"], ...categories.map((name): [string, string] => [name, name])], (value) => {
        this.#category = value;
      }),
    );
  }

  #draw(): void {
    const { state } = this.#store;
    const { result } = state;
    if (!result) {
      this.#say("The policies are being loaded …");
      fill(this.#list);
      this.#looks = "";
      return;
    }
    const severities = state.catalogue?.severities ?? [];
    const least = severities.indexOf(this.#severity);
    const wanted = result.findings
      .map((finding, index): Entry => ({ finding, index }))
      .filter(({ finding }) => severities.indexOf(finding.severity) >= least)
      .filter(({ finding }) => !this.#category || this.#store.byId.get(finding.policy)?.category === this.#category);
    this.#say(summary(result, wanted.length, state.outdated));
    this.#drawNotes(state, result);

    const entries = wanted.slice(0, this.#shown);
    const left = wanted.length - this.#shown;
    const looks = JSON.stringify([this.#grouping, left, this.#exempting, entries.map((entry) => this.#lookOf(result, entry))]);
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
    const drawn = [...groups].map(([key, entries]) => this.#drawGroup(result, key, entries));
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
  #lookOf(result: Checked, { finding }: Entry): unknown[] {
    const { policy, severity, message, help, object, range, related, fix, newObject } = finding;
    const others = related.map((related) => [related.title, related.message, related.range !== null]);
    return [policy, severity, message, help, titleOf(result.objects[object]), this.#line(range.from), others, fix, newObject !== null];
  }

  #drawNotes(state: State, result: Checked): void {
    const { wrongSettings, skipped, unusedExemptions, suppressed } = result;
    // Line numbers are rendered again, because they may have changed.
    const moving = [state.errors, state.notes, suppressed].some((list) => list.length > 0);
    const looks = moving ? "" : JSON.stringify([wrongSettings, skipped, unusedExemptions, state.choices.complete]);
    if (!moving && looks === this.#noteLooks) return;
    this.#noteLooks = looks;
    const errors = state.errors.map((error) =>
      element(
        "li",
        { class: "error" },
        error.range
          ? this.#jump(`Line ${this.#line(error.range.from, false)}`, () => {
              this.#store.reveal(error.range ?? { from: 0, to: 0 });
            })
          : null,
        element("span", {}, ` cannot be read: ${error.message}`),
      ),
    );
    const wrong = result.wrongSettings.map((setting) =>
      element("li", { class: "error" }, `Settings of ${setting.policy}: ${setting.field}: ${setting.reason}`),
    );
    const missing = result.skipped.map((missing) =>
      element(
        "li",
        {},
        `Skipped without ${missing.needs}: ${missing.policies.join(", ")}`,
      ),
    );
    const unused = result.unusedExemptions.map((unused) => element("li", {}, unused.message));
    const exempted = result.suppressed.map(({ finding, reason }) =>
      element(
        "li",
        {},
        this.#jump(`Line ${this.#line(finding.range.from)}`, () => this.#store.reveal(finding.range)),
        ` ${finding.policy}: ${finding.message} (${reason})`,
      ),
    );
    const folded = (title: string, items: HTMLElement[]) =>
      items.length > 0 && element("details", {}, element("summary", {}, `${title}: ${items.length}`), element("ul", {}, ...items));
    fill(
      this.#notes,
      errors.length + wrong.length > 0 && element("ul", { class: "errors" }, ...errors.slice(0, 20), ...wrong),
      missing.length > 0 &&
        element(
          "details",
          {},
          element("summary", {}, `Skipped: ${missing.length} ${missing.length === 1 ? "kind is" : "kinds are"} not in the text`),
          element("ul", {}, ...missing),
          element(
            "label",
            {},
            element("input", {
              type: "checkbox",
              checked: state.choices.complete === true,
              onchange: () => this.#store.choose({ complete: !this.#store.state.choices.complete }),
            }),
            " Nothing else exists in the cluster",
          ),
        ),
      this.#drawSchemaNotes(state),
      folded("Exempted", exempted),
      folded("Exemptions that match nothing", unused),
    );
  }

  #drawSchemaNotes({ notes }: State): HTMLElement | null {
    if (notes.length === 0) return null;
    const items = notes.map((note) => {
      const { fix } = note;
      return element(
        "li",
        { class: "schema-note" },
        this.#jump(`Line ${lineOf(this.#store.state.text, this.#store.locateNote(note.range).from)}`, () =>
          this.#store.revealNote(note.range),
        ),
        ` ${note.message} `,
        fix &&
          element(
            "button",
            { type: "button", onclick: () => applyNote(this.#store, note) && this.#store.revealNote(note.range) },
            fix.title,
          ),
      );
    });
    const list = element(
      "details",
      { class: "schema-notes", open: this.#unfolded, ontoggle: () => (this.#unfolded = list.open) },
      element("summary", {}, `Schema: ${notes.length === 1 ? "1 note" : `${notes.length} notes`}`),
      element("ul", {}, ...items),
    );
    return list;
  }

  #drawGroup(result: Checked, key: string | number, entries: Entry[]): HTMLElement {
    const heading =
      typeof key === "number" ? titleOf(result.objects[key]) : (this.#store.byId.get(key)?.title ?? key);
    return element(
      "section",
      { class: "group" },
      element("h2", {}, heading, element("span", { class: "count" }, String(entries.length))),
      element("ul", {}, ...entries.map((entry) => this.#drawFinding(result, entry))),
    );
  }

  /** Click handlers use the entry's state at the time of the click. */
  #drawFinding(result: Checked, entry: Entry): HTMLElement {
    const { finding, index } = entry;
    const { fix } = finding;
    const open = () => this.#store.set({ documented: entry.finding.policy, selected: entry.index });
    const object = this.#grouping === "practice" ? `${titleOf(result.objects[finding.object])}: ` : "";
    return element(
      "li",
      { class: "finding", "data-finding": index, "data-policy": finding.policy, "data-severity": finding.severity },
      element("span", { class: `severity ${finding.severity}` }, finding.severity),
      element(
        "div",
        { class: "said" },
        this.#jump(`${object}${finding.message}`, () => {
          this.#store.set({ selected: entry.index });
          this.#store.reveal(entry.finding.range);
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
          element("button", { type: "button", class: "quiet", onclick: open, title: "Why, and what to write" }, finding.policy),
          fix &&
            fix.applicability !== "display" &&
            element(
              "button",
              { type: "button", class: fix.applicability === "safe" ? "fix" : "fix risky", onclick: () => void applyFix(this.#store, entry.index), title: fix.title },
              fix.applicability === "safe" ? "Fix" : "Fix (may change behaviour)",
            ),
          finding.newObject !== null &&
            element("button", { type: "button", class: "fix", onclick: () => this.#add(entry.finding.newObject ?? "") }, "Add the object"),
          element("button", { type: "button", class: "quiet", onclick: () => this.#exempt(entry.finding) }, "Exempt …"),
        ),
        this.#exempting === finding ? this.#exemptionForm(entry) : null,
      ),
    );
  }

  #revealRelated(entry: Entry, position: number): void {
    const range = entry.finding.related[position]?.range;
    if (range) this.#store.reveal(range);
  }

  #exempt(finding: Finding): void {
    this.#exempting = this.#exempting === finding ? null : finding;
    this.#draw();
    this.#list.querySelector<HTMLInputElement>(".exemption input")?.focus();
  }

  #exemptionForm(entry: Entry): HTMLElement {
    const reason = element("input", { type: "text", required: true, placeholder: "why this is right here" });
    const submit = (event: Event) => {
      event.preventDefault();
      if (reason.value.trim()) void suppress(this.#store, entry.index, reason.value);
    };
    return element(
      "form",
      { class: "exemption", onsubmit: submit },
      element("label", {}, "Reason ", reason),
      element("button", { type: "submit" }, "Write the annotation"),
    );
  }

  #add(object: string): void {
    const { text } = this.#store.state;
    const before = text === "" || text.endsWith("\n") ? "" : "\n";
    this.#store.edit([{ from: text.length, to: text.length, insert: `${before}---\n${object}` }]);
  }

  #jump(text: string, go: () => void): HTMLElement {
    return element("button", { type: "button", class: "jump", onclick: go }, text);
  }

  /** The line of a place, in the text of the result or in the current text. */
  #line(at: number, ofResult = true): number {
    const place = ofResult ? this.#store.locate({ from: at, to: at }).from : at;
    return lineOf(this.#store.state.text, place);
  }

  #mark(selected: number | null): void {
    for (const item of this.#list.querySelectorAll<HTMLElement>(".finding")) {
      item.toggleAttribute("data-selected", item.dataset["finding"] === String(selected));
    }
  }
}

/** The tab with the findings. */
export const findings: View = new Findings();

/** Kind, namespace and name, as in `Deployment shop/web`. */
export function titleOf(object: KubernetesObject | undefined): string {
  if (!object) return "";
  return `${object.kind} ${object.namespace ? `${object.namespace}/` : ""}${object.name}`;
}

function summary(result: Checked, shown: number, outdated: boolean): string {
  const objects = result.objects.length === 1 ? "1 object" : `${result.objects.length} objects`;
  const all = result.findings.length;
  const found = all === 1 ? "1 finding" : all === 0 ? "No findings" : `${all} findings`;
  const some = shown === all ? found : `${shown} of ${found}`;
  return `${some} in ${objects}${outdated ? ", of the text before it could no longer be read" : ""}.`;
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
