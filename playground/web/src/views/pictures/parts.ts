// Shared by all pictures.

import { drawing, element } from "../../element";
import type { Finding, GraphNode } from "../../transfer";

/** A picture, and the same in words. */
export interface Picture {
  readonly title: string;
  /** The picture in a sentence. */
  readonly label: string;
  /** Draws it at this width, in pixels. */
  draw(width: number): Element;
  /** The meaning of the shapes and patterns. */
  readonly legend: readonly Element[];
  /** The text below it. */
  readonly notes: readonly (Element | false)[];
  /** Everything drawn, in words. */
  readonly words: Element;
}

/** The actions in a picture. */
export interface Actions {
  /** Shows an object in the editor. */
  reveal(object: number): void;
  /** Opens the documentation of a policy. */
  explain(policy: string): void;
  /** Shows a finding in the editor. */
  show(finding: Finding): void;
}

/** Milliseconds in human-readable form. */
export function seconds(millis: number): string {
  return `${millis / 1000} s`;
}

export function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Kind and name, as messages name objects. */
export function titleOf(node: Pick<GraphNode, "kind" | "name">): string {
  return `${node.kind} ${node.name || "without a name"}`;
}

/** Kind, namespace and name. */
export function fullTitle(node: GraphNode): string {
  return `${node.kind} ${node.namespace}/${node.name || "without a name"}`;
}

/** The average width of a character in drawings, rounded up. */
const CHARACTER = 7;

export function widthOf(text: string): number {
  return text.length * CHARACTER;
}

/** The part of a text that fits into this many pixels. */
export function fit(text: string, width: number): string {
  const room = Math.max(1, Math.floor(width / CHARACTER));
  // oxlint-disable-next-line typescript/no-misused-spread -- a cut emoji of several parts stays legible.
  const characters = [...text];
  return characters.length <= room ? text : `${characters.slice(0, room - 1).join("")}…`;
}

/** A drawing that screen readers treat as one image. */
export function picture(label: string, width: number, height: number, ...children: (Node | false | null)[]): SVGSVGElement {
  return drawing(
    "svg",
    { role: "img", "aria-label": label, width, height, viewBox: `0 0 ${width} ${height}`, class: "picture" },
    ...children,
  );
}

export function label(text: string, x: number, y: number, anchor: "start" | "middle" | "end" = "start", kind = ""): SVGTextElement {
  return drawing("text", { x, y, "text-anchor": anchor, class: kind }, text);
}

/** The patterns that distinguish areas without colour. Every picture has its own, by its prefix. */
export function patterns(prefix: string): SVGDefsElement {
  const pattern = (name: string, size: number, path: string) =>
    drawing(
      "pattern",
      { id: `${prefix}-${name}`, width: size, height: size, patternUnits: "userSpaceOnUse" },
      drawing("rect", { width: size, height: size, class: `ground ${name}` }),
      drawing("path", { d: path, class: `lines ${name}` }),
    );
  return drawing(
    "defs",
    {},
    pattern("hatched", 8, "M-2 2 L2 -2 M0 8 L8 0 M6 10 L10 6"),
    pattern("dotted", 6, "M2 2 h1.6 v1.6 h-1.6 z"),
    pattern("crossed", 6, "M0 0 L6 6 M6 0 L0 6"),
  );
}

/** A sample for a legend: a shape and what it means. */
export function sample(meaning: string, ...shapes: Node[]): Element {
  return element(
    "li",
    {},
    drawing("svg", { width: 22, height: 14, viewBox: "0 0 22 14", "aria-hidden": "true", class: "picture" }, ...shapes),
    ` ${meaning}`,
  );
}

export function table(caption: string, heads: readonly string[], rows: readonly (readonly string[])[]): Element {
  return element(
    "table",
    {},
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((cell) => element("td", {}, cell))))),
  );
}
