// Shows for a moment which lines a fix has changed.

import { type ChangeSet, type Extension, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";

/** How long the lines stay marked, in milliseconds. */
const WHILE = 2000;

const show = StateEffect.define<DecorationSet>();

const field = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (before, { changes, effects }) =>
    effects.findLast((effect) => effect.is(show))?.value ?? before.map(changes),
  provide: (field) => EditorView.decorations.from(field),
});

/** The editor's extension. */
export const flashing: Extension = [
  field,
  EditorView.theme({ ".cm-flash": { backgroundColor: "var(--match)", boxShadow: "inset 3px 0 var(--accent)" } }),
];

const line = Decoration.line({ class: "cm-flash" });

/** Marks the lines that changes have just made. */
export function flash(view: EditorView, changes: ChangeSet): void {
  const { doc } = view.state;
  const builder = new RangeSetBuilder<Decoration>();
  let next = 0;
  changes.iterChangedRanges((_from, _to, from, to) => {
    let at = doc.lineAt(from);
    // A new line begins after the break that it was inserted with.
    if (from === at.to && to > from) at = doc.lineAt(Math.min(from + 1, to));
    for (; at.from <= to; at = doc.line(at.number + 1)) {
      if (at.from >= next) builder.add(at.from, at.from, line);
      next = at.to + 1;
      if (at.number === doc.lines || (at.to + 1 >= to && to > from)) break;
    }
  });
  const marked = builder.finish();
  view.dispatch({ effects: show.of(marked) });
  setTimeout(() => {
    if (view.state.field(field).size > 0) view.dispatch({ effects: show.of(Decoration.none) });
  }, WHILE);
}
