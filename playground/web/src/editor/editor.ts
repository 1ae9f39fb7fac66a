// The manifest editor, which marks findings in the text.

import { defaultKeymap, history, historyKeymap, indentWithTab, isolateHistory, undo } from "@codemirror/commands";
import { yamlLanguage } from "@codemirror/lang-yaml";
import {
  bracketMatching,
  codeFolding,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  LanguageSupport,
  syntaxHighlighting,
} from "@codemirror/language";
import { lintGutter, lintKeymap } from "@codemirror/lint";
import { EditorState, Transaction } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

import { flash, flashing } from "./flash";
import { markFindings } from "./marking";
import { conveniencePlace, loadLate, schemaPlace } from "./load";
import { lineEnds, lineEndsOf } from "../lineends";
import type { Store } from "../store";
import type { Checked, TextEdit, TextRange } from "../transfer";

/** YAML, parsed into small pieces: on a keystroke only whole pieces of the previous parse are reused, and with the
 * default size most documents of a manifest are smaller than one piece. */
export const yaml = new LanguageSupport(yamlLanguage.configure({ bufferLength: 128 }));

/** The colours of YAML. */
export const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--code-key)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom, tags.keyword], color: "var(--code-value)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--code-comment)" },
  { tag: [tags.meta, tags.labelName, tags.typeName, tags.separator], color: "var(--code-mark)" },
]);

/** The theme of the editor. */
export const look = EditorView.theme({
  "&": { height: "100%", fontSize: "0.875rem", backgroundColor: "var(--surface)", color: "var(--text)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--quiet)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine": { backgroundColor: "var(--active)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--active)", color: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--selection)",
  },
  ".cm-selectionMatch": { backgroundColor: "var(--match)" },
  ".cm-searchMatch": { backgroundColor: "var(--match)", outline: "1px solid var(--accent)" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--active)", border: "1px solid var(--line)", color: "var(--quiet)" },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--text)" },
  ".cm-panels .cm-button, .cm-textfield": {
    backgroundImage: "none",
    backgroundColor: "var(--surface)",
    color: "var(--text)",
    border: "1px solid var(--control)",
  },
  ".cm-panel.cm-search [name=close]": { color: "var(--text)" },
  ".cm-tooltip": {
    backgroundColor: "var(--raised)",
    color: "var(--text)",
    border: "1px solid var(--control)",
    maxWidth: "min(36rem, 90vw)",
  },
  ".cm-diagnostic": { padding: "0.4rem 0.6rem", whiteSpace: "normal", borderLeft: "4px solid var(--quiet)" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--high)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--medium)" },
  ".cm-diagnostic-info": { borderLeftColor: "var(--low)" },
  ".cm-diagnosticAction": {
    backgroundColor: "var(--accent-strong)",
    color: "var(--on-accent)",
    borderRadius: "4px",
    padding: "0.25rem 0.5rem",
    margin: "0.4rem 0.4rem 0 0",
    fontSize: "inherit",
  },
  // Custom shapes: the library's are images in data: URLs, which the page's security policy blocks.
  ".cm-lint-marker": { width: "1em", height: "1.5em", lineHeight: "1.5", textAlign: "center" },
  ".cm-lint-marker-error": { content: "normal", color: "var(--high)" },
  ".cm-lint-marker-warning": { content: "normal", color: "var(--medium)" },
  ".cm-lint-marker-info": { content: "normal", color: "var(--low)" },
  ".cm-lint-marker-error::before": { content: '"\u25cf"' },
  ".cm-lint-marker-warning::before": { content: '"\u25b2"' },
  ".cm-lint-marker-info::before": { content: '"\u25a0"', fontSize: "0.8em" },
  ".cm-lintRange-error, .cm-lintRange-warning, .cm-lintRange-info, .cm-lintRange-hint": {
    backgroundImage: "none",
    textDecorationLine: "underline",
    textDecorationThickness: "2px",
    textUnderlineOffset: "3px",
  },
  ".cm-lintRange-error": { textDecorationStyle: "wavy", textDecorationColor: "var(--high)" },
  ".cm-lintRange-warning": { textDecorationStyle: "wavy", textDecorationColor: "var(--medium)" },
  ".cm-lintRange-info, .cm-lintRange-hint": { textDecorationStyle: "dotted", textDecorationColor: "var(--low)" },
});

/** Adds the editor to the page. */
export function mountEditor(place: HTMLElement, store: Store, isReadOnly: boolean): EditorView {
  // In a shadow tree, the editor's style sheets need no permission for inline styles.
  const root = place.attachShadow({ mode: "open" });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: store.state.text,
      extensions: [
        lineNumbers(),
        highlightActiveLineGutter(),
        highlightSpecialChars(),
        history(),
        lineEnds(),
        codeFolding(),
        foldGutter(),
        drawSelection(),
        indentOnInput(),
        indentUnit.of("  "),
        bracketMatching(),
        highlightActiveLine(),
        lintGutter(),
        yaml,
        syntaxHighlighting(colours),
        look,
        schemaPlace,
        flashing,
        EditorState.readOnly.of(isReadOnly),
        EditorView.contentAttributes.of({ "aria-label": "Kubernetes manifest", spellcheck: "false", tabindex: "0" }),
        // Escape returns the focus to the page, because Tab indents here.
        keymap.of([
          { key: "Escape", run: (view) => (view.contentDOM.blur(), true) },
          ...lintKeymap,
          ...historyKeymap,
          ...foldKeymap,
          ...defaultKeymap,
          indentWithTab,
        ]),
        // After these keys, which its own must not hide.
        conveniencePlace,
      ],
    }),
    dispatchTransactions: (transactions, view) => {
      // Before the editor parses and draws: the policies check in the meantime.
      const [first, ...others] = transactions.filter((transaction) => transaction.docChanged);
      if (first) {
        const changes = others.reduce((before, { changes }) => before.compose(changes), first.changes);
        store.typed((others.at(-1) ?? first).newDoc.toString(), changes.desc);
      }
      view.update(transactions);
    },
  });
  store.hold({
    replace: (text) =>
      view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert: text },
        selection: { anchor: 0 },
        effects: lineEndsOf(text),
        scrollIntoView: true,
        annotations: Transaction.userEvent.of("input.replace"),
      }),
    edit: (edits) => change(view, edits),
    undo: () => void undo(view),
    selectAll: () => {
      view.dispatch({ selection: { anchor: 0, head: view.state.doc.length } });
      view.focus();
    },
    reveal: (range) => reveal(view, range),
  });
  markFindings(view, store);
  // For tests: Kubernetes' own definitions are loaded.
  loadLate(view, store, () => place.setAttribute("data-schema", "ready"));
  return view;
}

function change(view: EditorView, edits: readonly TextEdit[]): void {
  const changes = view.state.changes([...edits]);
  const first = edits[0];
  view.dispatch({
    changes,
    effects: first ? EditorView.scrollIntoView(changes.mapPos(first.from, -1), { y: "center" }) : [],
    annotations: [Transaction.userEvent.of("input.fix"), isolateHistory.of("full")],
  });
  flash(view, changes);
}

function reveal(view: EditorView, range: TextRange): void {
  const end = view.state.doc.length;
  const anchor = Math.min(range.from, end);
  view.dispatch({
    selection: { anchor, head: Math.min(range.to, end) },
    effects: EditorView.scrollIntoView(anchor, { y: "center" }),
  });
  view.focus();
}

/** The number of findings, in words. */
export function countOf(result: Checked): string {
  const { length } = result.findings;
  return length === 0 ? "No findings" : length === 1 ? "1 finding" : `${length} findings`;
}
