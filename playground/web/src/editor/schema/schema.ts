// Completions and explanations in the editor, from Kubernetes' own definitions. Loaded after the first findings.

import { acceptCompletion, autocompletion } from "@codemirror/autocomplete";
import { type Extension, Prec } from "@codemirror/state";
import { EditorView, keymap, type Rect } from "@codemirror/view";

import { completion } from "./complete";
import { explaining } from "./hover";
import { Table, type Written } from "./table";

const look = EditorView.theme({
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "16em", maxWidth: "min(36rem, 90vw)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "0.15rem 0.5rem", lineHeight: "1.4" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--accent-strong)",
    color: "var(--on-accent)",
  },
  ".cm-completionDetail": { color: "var(--quiet)", fontStyle: "normal", marginLeft: "0.8rem", fontSize: "0.9em" },
  "li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".cm-completionMatchedText": { textDecoration: "underline", textUnderlineOffset: "2px" },
  ".cm-tooltip.cm-completionInfo": { padding: "0.4rem 0.6rem", maxWidth: "min(24rem, 80vw)" },
  ".field-documentation": { fontFamily: "inherit", whiteSpace: "normal", overflowWrap: "anywhere", lineHeight: "1.4" },
  ".cm-tooltip > .field-documentation, .cm-tooltip.field-documentation": { padding: "0.4rem 0.6rem" },
  ".field-documentation .way": { fontFamily: "var(--mono)", fontWeight: "600" },
  ".field-documentation .type": { color: "var(--quiet)" },
});

/** The minimum width of a completion's documentation. */
const NARROWEST = 240;

/** Places the documentation beside the list of completions, or above or below it if there is no room. */
function beside(_: EditorView, list: Rect, option: Rect, info: Rect, space: Rect): { style: string } {
  const room = space.right - list.right;
  if (room >= NARROWEST) {
    const overhang = Math.max(0, option.top + info.bottom - info.top - space.bottom);
    return { style: `left: 100%; top: ${option.top - list.top - overhang}px; max-width: ${Math.min(room, 400)}px` };
  }
  const below = info.bottom - info.top <= space.bottom - list.bottom;
  const start = Math.max(0, list.right - list.left - (space.right - space.left));
  return { style: `left: ${start}px; ${below ? "top" : "bottom"}: 100%; width: ${list.right - list.left}px` };
}

/** The editor's extension. */
export function schema(written: Written): Extension {
  const table = new Table(written);
  return [
    autocompletion({
      override: [completion(table)],
      icons: false,
      activateOnTypingDelay: 50,
      interactionDelay: 0,
      positionInfo: beside,
    }),
    Prec.high(keymap.of([{ key: "Tab", run: acceptCompletion }])),
    Prec.high(explaining(table)),
    look,
  ];
}
