// Marks findings in the text.

import { type Diagnostic, forEachDiagnostic, setDiagnostics } from "@codemirror/lint";
import type { EditorView } from "@codemirror/view";

import { applyFix } from "./fixing";
import { noteMark } from "./noting";
import { element } from "../element";
import { isEqual } from "../equal";
import type { State, Store } from "../store";
import type { Finding } from "../transfer";

/** The maximum of marks: more are useless and slow down every keystroke. The panel lists all findings. */
const MOST_MARKS = 1000;

/** Marks the store's findings, notes and errors in the editor. */
export function markFindings(view: EditorView, store: Store): void {
  const marks = new Marks(view, store);
  store.listen((state, before) => {
    if (state.shown !== before.shown || state.errors !== before.errors || state.notes !== before.notes) marks.update(state);
  });
}

/** A finding and its mark. */
interface Marked {
  finding: Finding;
  mark: Diagnostic;
}

class Marks {
  readonly #view: EditorView;
  readonly #store: Store;
  /** The marks, if they are all findings: in the order of the findings. */
  #shown: Marked[] | null = null;

  constructor(view: EditorView, store: Store) {
    this.#view = view;
    this.#store = store;
  }

  update(state: State): void {
    const end = this.#view.state.doc.length;
    const findings = (state.shown?.findings ?? []).slice(0, MOST_MARKS);
    const marked = findings.map((finding, index) => ({ finding, mark: this.#mark(finding, index, end) }));
    const others: Diagnostic[] = state.notes.map((note) => noteMark(this.#store, note, end));
    for (const error of state.errors) {
      const from = Math.min(error.range?.from ?? 0, end);
      const to = Math.min(Math.max(error.range?.to ?? 0, from), end);
      others.push({ from, to, severity: "error", message: error.message, source: "cannot be read" });
    }
    // Most keystrokes only move the marks, which the editor does itself.
    if (others.length === 0 && this.#areShown(marked)) return;
    this.#shown = others.length === 0 ? marked : null;
    const marks = [...others, ...marked.map(({ mark }) => mark)].sort((one, other) => one.from - other.from);
    this.#view.dispatch(setDiagnostics(this.#view.state, marks));
  }

  /** Whether equal marks are at the same places already. */
  #areShown(marked: readonly Marked[]): boolean {
    const shown = this.#shown;
    if (shown?.length !== marked.length) return false;
    const places = new Map<Diagnostic, { from: number; to: number }>();
    forEachDiagnostic(this.#view.state, (mark, from, to) => places.set(mark, { from, to }));
    return marked.every(({ finding, mark }, index) => {
      const known = shown[index];
      const place = known && places.get(known.mark);
      return known !== undefined && place?.from === mark.from && place.to === mark.to && looksLike(known, finding);
    });
  }

  #mark(finding: Finding, index: number, end: number): Diagnostic {
    const { from, to } = this.#store.locateShown(finding.range);
    const made: Diagnostic = {
      from: Math.min(from, end),
      to: Math.min(to, end),
      severity: severity(finding),
      message: finding.message,
      source: finding.policy,
      renderMessage: () => message(finding),
    };
    const fix = finding.fix;
    if (fix && fix.applicability !== "display") {
      const risky = fix.applicability === "unsafe";
      const name = risky ? `Fix, may change behaviour: ${fix.title}` : `Fix: ${fix.title}`;
      made.actions = [{ name, apply: () => void applyFix(this.#store, index) }];
    }
    return made;
  }
}

/** Whether a mark of `finding` would be equal. */
function looksLike({ finding: known }: Marked, finding: Finding): boolean {
  return (
    known.policy === finding.policy &&
    known.message === finding.message &&
    known.severity === finding.severity &&
    known.help === finding.help &&
    known.fix?.title === finding.fix?.title &&
    known.fix?.applicability === finding.fix?.applicability &&
    isEqual(known.related.map(saysOf), finding.related.map(saysOf))
  );
}

function saysOf({ title, message }: Finding["related"][number]): string[] {
  return [title, message];
}

function severity(finding: Finding): Diagnostic["severity"] {
  switch (finding.severity) {
    case "critical":
    case "high":
      return "error";
    case "medium":
      return "warning";
    default:
      return "info";
  }
}

function message(finding: Finding): Node {
  return element(
    "div",
    {},
    element("strong", {}, `${finding.severity}[${finding.policy}]: `),
    finding.message,
    element("div", {}, `Why: ${finding.why}`),
    element("div", {}, `Help: ${finding.help}`),
    ...finding.related.map((related) => element("div", {}, `${related.title}: ${related.message}`)),
  );
}
