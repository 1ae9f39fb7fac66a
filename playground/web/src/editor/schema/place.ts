// Finds the place in a manifest that is being edited. It uses indentation only, because incomplete text has no useful
// syntax tree: a line counts by its dashes and its key. Text inside `{}` and `[]` is ignored.

import type { Text } from "@codemirror/state";

import type { Step, Table } from "./table";

/** A line, as read from its indentation. Columns count from 0. */
interface Line {
  /** The columns of the dashes before the key. */
  readonly dashes: readonly number[];
  readonly key: { readonly name: string; readonly column: number; readonly end: number } | null;
  /** Where the value begins; without a key, where the text begins. */
  readonly start: number;
  readonly value: string;
}

/** Where a key is, or would be. */
export interface Place {
  /** The path of the mapping. */
  readonly way: readonly Step[];
  /** The line number and column of each key on the path, with null for elements; and of the mapping itself. */
  readonly levels: readonly (readonly [line: number, column: number] | null)[];
}

/** The table has no longer keys and values of `apiVersion` and `kind`. */
const LONGEST = 300;

const KEY = /^("(?:[^"\\]|\\.)*"|'[^']*'|[^\s#"'[\]{},&*!|>%@`-][^#]*?|-[^\s#][^#]*?)\s*:(?=\s|$)/;

/** Null for blank lines and comments. */
export function readLine(text: string): Line | null {
  let start = text.search(/\S/);
  if (start < 0 || text[start] === "#") return null;
  const dashes: number[] = [];
  while (text[start] === "-" && /^-(\s|$)/.test(text.slice(start))) {
    dashes.push(start);
    const rest = text.slice(start + 1).search(/\S/);
    start = rest < 0 ? text.length : start + 1 + rest;
  }
  const found = KEY.exec(text.slice(start, start + LONGEST));
  if (!found?.[1]) return { dashes, key: null, start, value: text.slice(start) };
  const key = { name: unquoted(found[1]), column: start, end: start + found[1].length };
  const after = start + found[0].length;
  const gap = text.slice(after).search(/\S/);
  const value = gap < 0 ? text.length : after + gap;
  return { dashes, key, start: value, value: text.slice(value) };
}

/** The mapping of a key, existing or not, in this column of a line, after these dashes. */
export function placeOf(doc: Text, number: number, column: number, dashes: readonly number[]): Place {
  const way: Step[] = [];
  const levels: (readonly [number, number] | null)[] = [[number, column]];
  let limit = column;
  // Whether the path has just passed a dash: its list may begin in the same column as its key.
  let list = false;
  const pass = (columns: readonly number[]) => {
    for (const dash of [...columns].reverse()) {
      way.unshift(null);
      levels.unshift(null);
      limit = dash;
      list = true;
    }
  };
  pass(dashes);
  for (let above = number - 1; above >= 1 && limit >= 0; above--) {
    const text = doc.line(above).text;
    if (isSeparator(text)) break;
    const line = readLine(text);
    if (!line) continue;
    if (line.key && (line.key.column < limit || (list && line.key.column === limit && line.value === ""))) {
      way.unshift(line.key.name);
      levels.unshift([above, line.key.column]);
      limit = line.key.column;
      list = false;
      pass(line.dashes);
    } else {
      pass(line.dashes.filter((dash) => dash < limit));
    }
    // The first column has no parent.
    if (limit === 0 && !list) break;
  }
  return { way, levels };
}

/** The keys of the mapping that has a key in this column of a line, each with the text after it. */
export function mappingAt(doc: Text, [number, column]: readonly [line: number, column: number]): Map<string, string> {
  const found = new Map<string, string>();
  const add = (line: Line) => {
    if (line.key?.column === column) found.set(line.key.name, plain(line.value));
  };
  const own = readLine(doc.line(number).text);
  if (own) add(own);
  if (!own || own.dashes.length === 0) {
    for (let above = number - 1; above >= 1; above--) {
      const text = doc.line(above).text;
      if (isSeparator(text)) break;
      const line = readLine(text);
      if (!line) continue;
      const first = line.dashes[0] ?? line.key?.column ?? line.start;
      if (first < column && line.key?.column !== column) break;
      add(line);
      if (first < column) break;
    }
  }
  for (let below = number + 1; below <= doc.lines; below++) {
    const text = doc.line(below).text;
    if (isSeparator(text)) break;
    const line = readLine(text);
    if (!line) continue;
    if ((line.dashes[0] ?? line.key?.column ?? line.start) < column) break;
    add(line);
  }
  return found;
}

/** The object of a place: the code of its type and the path from there; its own apiVersion and kind. */
export interface Within {
  readonly code: string | undefined;
  readonly way: readonly Step[];
  readonly apiVersion: string;
  readonly kind: string;
}

/** Finds the object of a place: the document, or an item of a list. */
export function within(doc: Text, place: Place, table: Table): Within {
  const at = (index: number) => {
    const level = place.levels[index];
    const keys = level ? mappingAt(doc, level) : new Map<string, string>();
    return { apiVersion: keys.get("apiVersion") ?? "", kind: keys.get("kind") ?? "" };
  };
  const whole = at(0);
  const inList = whole.kind.endsWith("List") && place.way[0] === "items" && place.way[1] === null;
  const own = inList ? at(2) : whole;
  return { code: table.kind(own.apiVersion, own.kind), way: inList ? place.way.slice(2) : place.way, ...own };
}

function isSeparator(text: string): boolean {
  return /^(---|\.\.\.)(\s|$)/.test(text);
}

/** A short value without its comment and its quotes. */
function plain(value: string): string {
  return unquoted(value.slice(0, LONGEST).replace(/\s+#.*$/, "").trim());
}

function unquoted(text: string): string {
  const [first, last] = [text[0], text[text.length - 1]];
  return text.length > 1 && first === last && (first === '"' || first === "'") ? text.slice(1, -1) : text;
}
