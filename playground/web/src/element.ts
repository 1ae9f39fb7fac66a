// All elements are created here. Text becomes text nodes, never markup: manifests may come from strangers.

type Child = Node | string | null | undefined | false;

interface Attributes {
  [name: string]: string | number | boolean | null | undefined | ((event: Event) => void);
}

/** An element with these attributes and children. `onclick` and the like take functions; `true` sets an attribute
 * without a value, and `false`, `null` and `undefined` omit it. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  dress(made, attributes, children);
  return made;
}

/** The same for SVG. */
export function drawing<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[Name] {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  dress(made, attributes, children);
  return made;
}

/** Replaces the children of an element. */
export function fill(parent: Element, ...children: Child[]): void {
  parent.replaceChildren(...children.filter(isThere).map(visible));
}

function dress(made: Element, attributes: Attributes, children: Child[]): void {
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      made.addEventListener(key.replace(/^on/, ""), value);
    } else if (value !== null && value !== undefined && value !== false) {
      made.setAttribute(key, value === true ? "" : String(value));
    }
  }
  made.append(...children.filter(isThere).map(visible));
}

/** Control characters, and those that turn the direction of what follows: a name with them would look like another. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

function visible(child: Node | string): Node | string {
  if (typeof child !== "string") return child;
  return child.replace(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function isThere(child: Child): child is Node | string {
  return child !== null && child !== undefined && child !== false;
}
