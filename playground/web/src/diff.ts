// Compares two texts. This file and its dependencies are loaded on demand.

import { syntaxHighlighting } from "@codemirror/language";
import { diff, MergeView, unifiedMergeView } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";

import { colours, look, yaml } from "./editor/editor";
import type { TextEdit } from "./transfer";

/** Very different texts are compared less exactly, because the page must not freeze. */
const CONFIG = { scanLimit: 500, timeout: 500 };

const sign = (content: string, color: string) => ({ content, position: "absolute", left: "0.2em", color });

/** Removed and added lines start with a sign, because colours alone are not accessible. */
const marks = EditorView.theme({
  "&": { height: "auto", fontSize: "0.8125rem" },
  ".cm-line, .cm-deletedChunk .cm-deletedLine": { position: "relative", paddingLeft: "1.2em" },
  ".cm-deletedChunk": { paddingLeft: "0" },
  "&.cm-merge-a .cm-changedLine, .cm-deletedChunk": { backgroundColor: "var(--removed)" },
  "&.cm-merge-b .cm-changedLine": { backgroundColor: "var(--added)" },
  "&.cm-merge-a .cm-changedLine::before, .cm-deletedChunk .cm-deletedLine::before": sign('"\u2212"', "var(--high)"),
  "&.cm-merge-b .cm-changedLine::before": sign('"+"', "var(--code-string)"),
  "&.cm-merge-a .cm-changedText, .cm-deletedChunk .cm-deletedText": { background: "var(--removed-text)" },
  "&.cm-merge-b .cm-changedText": { background: "var(--added-text)" },
  ".cm-collapsedLines": { color: "var(--text)", background: "var(--raised)", borderBlock: "1px solid var(--line)" },
  ".cm-collapsedLines::before, .cm-collapsedLines::after": { content: '"\u22ef"' },
});

/** Shows two texts in an empty element, side by side or unified. Returns a function that removes them. */
export function showDiff(
  place: HTMLElement,
  before: string,
  after: string,
  options: { unified: boolean; whole: boolean },
): () => void {
  // In a shadow tree, style sheets need no permission for inline styles.
  const root = place.attachShadow({ mode: "open" });
  const shared = { diffConfig: CONFIG, gutter: false, ...(options.whole ? {} : { collapseUnchanged: { margin: 3, minSize: 4 } }) };
  if (options.unified) {
    const extensions = [
      reading("Changes"),
      unifiedMergeView({ original: before, mergeControls: false, ...shared }),
    ];
    const view = new EditorView({ root, parent: root, state: EditorState.create({ doc: after, extensions }) });
    return () => view.destroy();
  }
  const view = new MergeView({
    root,
    parent: root,
    a: { doc: before, extensions: reading("As it is") },
    b: { doc: after, extensions: reading("Fixed") },
    ...shared,
  });
  return () => view.destroy();
}

/** The smallest set of edits that turns one text into the other: marks and the cursor stay where they are. */
export function editsBetween(before: string, after: string): TextEdit[] {
  return diff(before, after, CONFIG).map(({ fromA, toA, fromB, toB }) => ({
    from: fromA,
    to: toA,
    insert: after.slice(fromB, toB),
  }));
}

function reading(label: string): Extension {
  return [
    lineNumbers(),
    yaml,
    syntaxHighlighting(colours),
    look,
    marks,
    EditorView.lineWrapping,
    EditorState.readOnly.of(true),
    EditorView.editable.of(false),
    EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
  ];
}
