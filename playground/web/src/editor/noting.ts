// What Kubernetes' own definitions say of the text: making what sets it right.

import type { Diagnostic } from "@codemirror/lint";

import { announce, notify } from "../announce";
import type { Store } from "../store";
import type { SchemaNote } from "../transfer";

/** Who says it. */
export const SOURCE = "Kubernetes schema";

/** Writes what a note proposes. */
export function applyNote(store: Store, note: SchemaNote): boolean {
  if (!note.fix || !store.state.notes.includes(note)) {
    notify("fix", "Nothing was changed, since the text has changed. Try again.");
    return false;
  }
  store.edit([{ ...store.locateNote(note.range), insert: note.fix.insert }]);
  announce(`Done: ${note.fix.title}`);
  return true;
}

/** The mark of a note in the editor. */
export function noteMark(store: Store, note: SchemaNote, end: number): Diagnostic {
  const { from, to } = store.locateNote(note.range);
  return {
    from: Math.min(from, end),
    to: Math.min(to, end),
    severity: "warning",
    message: note.message,
    source: SOURCE,
    ...(note.fix && { actions: [{ name: note.fix.title, apply: () => void applyNote(store, note) }] }),
  };
}

/** How many notes there are, in words. */
export function noteCount(notes: readonly SchemaNote[]): string {
  return notes.length === 1 ? "1 schema note" : `${notes.length} schema notes`;
}
