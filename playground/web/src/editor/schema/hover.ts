// Explaining the key under the pointer, or at the cursor.

import { type EditorState, StateEffect, StateField } from "@codemirror/state";
import { type Command, hoverTooltip, keymap, showTooltip, type Tooltip } from "@codemirror/view";

import { announce } from "../../announce";
import { explain } from "./explain";
import { placeOf, readLine, within } from "./place";
import { type Table } from "./table";

const show = StateEffect.define<Tooltip | null>();

/** The tooltip of `F1`; it disappears on typing and on cursor moves. */
const shown = StateField.define<Tooltip | null>({
  create: () => null,
  update(tooltip, transaction) {
    for (const effect of transaction.effects) if (effect.is(show)) return effect.value;
    return transaction.docChanged || transaction.selection ? null : tooltip;
  },
  provide: (field) => showTooltip.from(field),
});

/** Explains keys. */
export function explaining(table: Table) {
  const explainHere: Command = (view) => {
    const tooltip = explanation(view.state, table, view.state.selection.main.head, false);
    if (!tooltip) {
      announce("Nothing is known of this place");
      return true;
    }
    view.dispatch({ effects: show.of(tooltip.tooltip) });
    announce(tooltip.words);
    return true;
  };
  const close: Command = (view) => {
    if (!view.state.field(shown)) return false;
    view.dispatch({ effects: show.of(null) });
    return true;
  };
  return [
    shown,
    hoverTooltip((view, pos) => explanation(view.state, table, pos, true)?.tooltip ?? null),
    keymap.of([
      { key: "F1", run: explainHere, preventDefault: true },
      { key: "Escape", run: close },
    ]),
  ];
}

/** The explanation of a line's key. `strict`: only if the position is on the key itself. */
function explanation(
  state: EditorState,
  table: Table,
  pos: number,
  strict: boolean,
): { tooltip: Tooltip; words: string } | null {
  const line = state.doc.lineAt(pos);
  const read = readLine(line.text);
  if (!read?.key) return null;
  const { name, column, end } = read.key;
  const [from, to] = [line.from + column, line.from + end];
  const onKind = name === "kind" && pos >= line.from + read.start;
  if (strict && !onKind && (pos < from || pos > to)) return null;
  const { code, way, apiVersion, kind } = within(state.doc, placeOf(state.doc, line.number, column, read.dashes), table);
  const whole = [...way, name];
  const field = code === undefined ? undefined : table.follow(code, whole);
  if (!field) return null;
  const purpose = way.length === 0 && name === "kind" ? table.purpose(apiVersion, kind) : "";
  const content = () => explain(field, purpose, whole);
  const tooltip: Tooltip = {
    pos: onKind ? line.from + read.start : from,
    end: onKind ? line.to : to,
    above: true,
    create: () => ({ dom: content() }),
  };
  const words = [...content().children].map((part) => part.textContent).join(". ");
  return { tooltip, words };
}
