// The notes of Kubernetes' own definitions about the text, and their fixes.

import type { Diagnostic } from "@codemirror/lint";

import { announce, notify } from "../announce";
import type { Store } from "../store";
import type { SchemaNote } from "../transfer";

/** The source of the notes. */
export const SOURCE = "Kubernetes schema";

/** Applies the fix of a note. */
export function applyNote(store: Store, note: SchemaNote): boolean {
  if (!note.fix || !store.state.notes.includes(note)) {
    notify("fix", "Nothing was changed, since the text has changed. Try again.");
    return false;
  }
  store.edit([{ ...store.locateShown(note.range), insert: note.fix.insert }], `Fixed: ${note.fix.title}`);
  announce(`Done: ${note.fix.title}`);
  return true;
}

/** The mark of a note in the editor. */
export function noteMark(store: Store, note: SchemaNote, end: number): Diagnostic {
  const { from, to } = store.locateShown(note.range);
  return {
    from: Math.min(from, end),
    to: Math.min(to, end),
    severity: "warning",
    message: note.message,
    source: SOURCE,
    ...(note.fix && { actions: [{ name: note.fix.title, apply: () => void applyNote(store, note) }] }),
  };
}

/** The number of notes, in words. */
export function noteCount(notes: readonly SchemaNote[]): string {
  return notes.length === 1 ? "1 schema note" : `${notes.length} schema notes`;
}
