// What the pictures have in common.

import { drawing, element } from "../../element";
import type { Finding, GraphNode } from "../../transfer";

/** A picture, and the same in words. */
export interface Picture {
  readonly title: string;
  /** The picture in a sentence. */
  readonly label: string;
  /** Draws it, so many pixels wide. */
  draw(width: number): Element;
  /** What the shapes and patterns mean. */
  readonly legend: readonly Element[];
  /** What stands below it for everybody. */
  readonly notes: readonly (Element | false)[];
  /** All that is drawn, in words. */
  readonly words: Element;
}

/** What a picture lets somebody do. */
export interface Actions {
  /** Shows an object in the editor. */
  reveal(object: number): void;
  /** Opens the documentation of a policy. */
  explain(policy: string): void;
  /** Shows a finding in the editor. */
  show(finding: Finding): void;
}

/** Milliseconds as people say them. */
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

/** The width of a character of the drawings' text, on average and on the safe side. */
const CHARACTER = 7;

export function widthOf(text: string): number {
  return text.length * CHARACTER;
}

/** As much of a text as so many pixels hold. */
export function fit(text: string, width: number): string {
  const room = Math.max(1, Math.floor(width / CHARACTER));
  // oxlint-disable-next-line typescript/no-misused-spread -- what is cut in an emoji of several parts stays legible.
  const characters = [...text];
  return characters.length <= room ? text : `${characters.slice(0, room - 1).join("")}…`;
}

/** A drawing in one piece for those who don't see it. */
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

/** The patterns that tell areas apart without colour. Every picture has its own, by its prefix. */
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
