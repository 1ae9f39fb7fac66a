// Completing keys and values.

import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  type CompletionSource,
  insertCompletionText,
  pickedCompletion,
  startCompletion,
} from "@codemirror/autocomplete";
import type { EditorView } from "@codemirror/view";

import { explain } from "./explain";
import { mappingAt, placeOf, readLine, within } from "./place";
import { type Field, isMapping, type Table, typeName } from "./table";

/** The fields of every object. */
const EVERYWHERE = ["apiVersion", "kind", "metadata"];

/** Offers completions from the table. */
export function completion(table: Table): CompletionSource {
  return (context) => {
    const { state, pos } = context;
    const line = state.doc.lineAt(pos);
    const before = line.text.slice(0, pos - line.from);
    if (/(^|\s)#/.test(before)) return null;
    const read = readLine(before);
    if (read?.key) {
      const word = /^["']?([\w./-]*)$/.exec(read.value);
      if (!word || !/\s$/.test(before.slice(0, before.length - read.value.length))) return null;
      return values(table, context, line.number, read.key, read.dashes, pos - (word[1] ?? "").length);
    }
    const word = read && read.start < before.length ? read.value : "";
    if (!/^[\w./-]*$/.test(word)) return null;
    const dashes = read?.dashes ?? [];
    // A dash needs a space before its value.
    if (dashes.length > 0 && word === "" && !before.endsWith(" ")) return null;
    return keys(table, context, line.number, dashes, before.length - word.length, pos - word.length);
  };
}

function keys(
  table: Table,
  { state, pos, explicit }: CompletionContext,
  number: number,
  dashes: readonly number[],
  column: number,
  from: number,
): CompletionResult | null {
  if (from === pos && !explicit) return null;
  const place = placeOf(state.doc, number, column, dashes);
  const { code, way } = within(state.doc, place, table);
  const present = mappingAt(state.doc, [number, column]);
  const own = /^[\w./-]*/.exec(state.sliceDoc(from, state.doc.lineAt(pos).to))?.[0] ?? "";
  present.delete(own);
  let fields: Field[];
  if (code === undefined) {
    if (way.length > 0) return null;
    const pod = table.kind("v1", "Pod") ?? "";
    fields = table.fields(pod).filter((field) => EVERYWHERE.includes(field.name));
  } else {
    const mapping = table.follow(code, way);
    if (mapping?.code.startsWith("[") && dashes.length === 0) return null;
    fields = mapping ? table.fields(mapping.code) : [];
  }
  const options = fields
    .filter((field) => !present.has(field.name))
    .map((field): Completion => ({
      label: field.name,
      detail: typeName(field.code),
      type: "property",
      boost: field.required ? 20 : 0,
      info: () => explain(field),
      apply: (view, picked, from, to) => writeKey(view, picked, field, column, from, to),
    }));
  return options.length > 0 ? { from, options, validFor: /^[\w./-]*$/ } : null;
}

/** Inserts a key and the beginning of its value. */
function writeKey(view: EditorView, picked: Completion, field: Field, column: number, from: number, to: number): void {
  const { state } = view;
  const rest = state.sliceDoc(to, state.doc.lineAt(to).to);
  const written = /^[\w./-]*(?=\s*:)/.exec(rest);
  if (written) {
    // The key of a line is replaced; its value stays.
    view.dispatch({
      ...insertCompletionText(state, field.name, from, to + written[0].length),
      annotations: pickedCompletion.of(picked),
    });
    return;
  }
  const indent = " ".repeat(column);
  const list = field.code.startsWith("[");
  const inner = list ? `\n${indent}- ` : isMapping(field.code) ? `\n${indent}  ` : " ";
  view.dispatch({
    ...insertCompletionText(state, `${field.name}:${inner}`, from, to),
    annotations: pickedCompletion.of(picked),
    scrollIntoView: true,
  });
  const offered = list || isMapping(field.code) || field.code === "b" || field.values.length > 0 || field.name === "kind" || field.name === "apiVersion";
  // Show the completions of the new place at once; the library finishes its own update first.
  if (offered) setTimeout(() => startCompletion(view));
}

function values(
  table: Table,
  { state, pos }: CompletionContext,
  number: number,
  key: { name: string; column: number },
  dashes: readonly number[],
  from: number,
): CompletionResult | null {
  const place = placeOf(state.doc, number, key.column, dashes);
  const { code, way, apiVersion, kind } = within(state.doc, place, table);
  let options: Completion[] = [];
  if (way.length === 0 && key.name === "kind") {
    const fitting = table.kinds(apiVersion);
    options = (fitting.length > 0 ? fitting : table.kinds()).map((known) => ({
      label: known.kind,
      detail: known.apiVersion,
      type: "class",
      info: () => explain(undefined, known.documentation),
    }));
  } else if (way.length === 0 && key.name === "apiVersion") {
    const fitting = table.apiVersions(kind);
    options = (fitting.length > 0 ? fitting : table.apiVersions()).map((label) => ({ label, type: "namespace" }));
  } else {
    const field = code === undefined ? undefined : table.follow(code, [...way, key.name]);
    const listed = field?.code === "b" ? ["true", "false"] : (field?.values ?? []);
    options = listed.map((label) => ({ label: written(label, field?.code), type: "enum" }));
  }
  const known = state.sliceDoc(from, pos);
  // An existing value needs no list that hides the next line.
  if (options.length === 0 || options.some((option) => option.label === known)) return null;
  return { from, options, validFor: /^[\w./-]*$/ };
}

/** A value in valid YAML: some words would not be read as strings. */
function written(value: string, code: string | undefined): string {
  return code === "s" && /^(true|false|yes|no|on|off|y|n|null|~)$/i.test(value) ? `"${value}"` : value;
}
