// The editor knows only one line ending. A text that came with another gets it back when it is copied or downloaded.

import { invertedEffects } from "@codemirror/commands";
import { EditorState, type Extension, StateEffect, StateField, type Transaction } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

type LineEnd = "\n" | "\r\n";

const become = StateEffect.define<LineEnd>();

const field = StateField.define<LineEnd>({
  create: () => "\n",
  update: (before, { effects }) => effects.findLast((effect) => effect.is(become))?.value ?? before,
});

/** The line ending of the text in the editor. */
let own: LineEnd = "\n";
/** The line ending of the text that is being pasted or dropped. */
let arriving: LineEnd = "\n";

/** Remembers the line ending of texts that replace everything by paste or drop; undo restores the previous one. */
export function lineEnds(): Extension {
  return [
    field,
    invertedEffects.of(({ effects, startState }) =>
      effects.some((effect) => effect.is(become)) ? [become.of(startState.field(field))] : [],
    ),
    EditorView.clipboardInputFilter.of((text) => {
      arriving = lineEndOf(text);
      return text;
    }),
    EditorState.transactionExtender.of((transaction) => {
      const arrives = transaction.isUserEvent("input.paste") || transaction.isUserEvent("input.drop");
      return arrives && replacesAll(transaction) ? { effects: become.of(arriving) } : null;
    }),
    EditorView.updateListener.of((update) => {
      own = update.state.field(field);
    }),
  ];
}

/** For the transaction that puts a text into the editor. */
export function lineEndsOf(text: string): StateEffect<LineEnd> {
  return become.of(lineEndOf(text));
}

/** A text of the editor with its original line endings. */
export function withLineEnds(text: string): string {
  return own === "\n" ? text : text.replaceAll("\n", own);
}

/** The most frequent line ending. */
function lineEndOf(text: string): LineEnd {
  const all = text.split("\n").length - 1;
  const windows = text.split("\r\n").length - 1;
  return windows * 2 > all ? "\r\n" : "\n";
}

function replacesAll({ changes, startState }: Transaction): boolean {
  const { length } = startState.doc;
  let all = length === 0;
  changes.iterChangedRanges((from, to) => {
    all ||= from === 0 && to === length;
  });
  return all;
}
