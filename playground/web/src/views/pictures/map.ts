// Which objects target which: routes on the left, workloads on the right, and lines between them.

import { drawing, element, fill } from "../../element";
import type { Graph, GraphNode, Relation } from "../../transfer";
import { fullTitle, plural, sample, titleOf, type Actions, type Picture } from "./parts";

/** The height of a box with a name of one line, and of each more line. */
const HEIGHT = 62;
const LINE = 18;
/** The widest average character of a name, and what a box has beside it. */
const CHARACTER = 8;
const PADDING = 22;
const GAP = 12;
const BETWEEN = 44;
const NARROWEST = 148;
const WIDEST = 260;

/** The maximum of objects shown at once. */
export const MOST = 60;

const RELATIONS: Record<Relation, string> = { scales: "scales", budgets: "limits evictions of", routes: "sends requests to", isolates: "isolates", authorizes: "gives rights in the API to" };
const ORDER: Relation[] = ["routes", "scales", "budgets", "isolates", "authorizes"];

/** A box: an object, or a missing target. */
interface Box {
  node: number | null;
  missing: string;
  column: number;
  row: number;
}

interface Layout {
  boxes: Box[];
  lines: { from: Box; to: Box }[];
  columns: number;
  rows: number;
}

/** The objects related to one: its sources and targets, at any distance. */
export function related(graph: Graph, at: number): Set<number> {
  const found = new Set([at]);
  const follow = (from: "from" | "to", to: "from" | "to") => {
    const open = [at];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      for (const edge of graph.edges) {
        if (edge[from] === node && !found.has(edge[to])) {
          found.add(edge[to]);
          open.push(edge[to]);
        }
      }
    }
  };
  follow("to", "from");
  follow("from", "to");
  return found;
}

export function map(graph: Graph, shown: ReadonlySet<number>, chosen: number | null, actions: Actions): Picture {
  const layout = layoutOf(graph, shown);
  const missing = layout.boxes.filter((box) => box.node === null).length;
  const objects = plural(shown.size, "object", "objects");
  const label = `What targets what: ${objects}, ${plural(layout.lines.length - missing, "connection", "connections")}, ${missing} missing`;
  const sentences = said(graph, shown);
  const left = graph.nodes.length - shown.size;
  return {
    title: "What targets what",
    label,
    draw: (width) => draw(graph, layout, chosen, width, label, actions),
    legend: [
      sample("targets", drawing("path", { d: "M1 7 H20 M14 2 L20 7 L14 12", class: "link" })),
      sample("missing", drawing("rect", { x: 1, y: 1, width: 20, height: 12, class: "link dashed" })),
    ],
    notes: [
      missing > 0 && element("p", { class: "verdict wrong" }, `⚠ ${missing} missing: nothing here is what is targeted.`),
      left > 0 && element("p", { class: "assumed" }, `${plural(left, "object", "objects")} that ${left === 1 ? "has" : "have"} nothing to do with the chosen one ${left === 1 ? "is" : "are"} left out.`),
      shown.size === 0 && element("p", {}, "Nothing in the text makes pods or targets what does."),
    ],
    words: element("ul", {}, ...sentences.map((sentence) => element("li", {}, sentence))),
  };
}

/** The facts of an object in a few words. */
function fact(node: GraphNode): string {
  if (node.unreadable !== null) return "cannot be read";
  const { facts } = node;
  switch (facts.role) {
    case "workload":
      if (!facts.pods) return "makes pods";
      return facts.pods.least === facts.pods.most ? plural(facts.pods.least, "pod", "pods") : `${facts.pods.least} to ${facts.pods.most} pods`;
    case "autoscaler":
      return `scales, ${facts.least}${facts.most === null ? "" : ` to ${facts.most}`} pods`;
    case "budget":
      return facts.demand;
    case "isolation": {
      const what = [facts.ingress && "what comes in", facts.egress && "what goes out"].filter(Boolean).join(" and ");
      return `limits ${what || "nothing"}`;
    }
    case "route":
      return "sends requests";
    case "account": {
      const may = [...new Set(facts.rights.flatMap((rights) => rights.may ?? []))];
      return may.length > 0 ? `may ${may.join(", ")}` : `has ${plural(facts.rights.length, "role", "roles")}`;
    }
  }
}

function said(graph: Graph, shown: ReadonlySet<number>): string[] {
  return graph.nodes.flatMap((node, at) => {
    if (!shown.has(at)) return [];
    const targets = graph.edges
      .filter((edge) => edge.from === at)
      .map((edge) => `${RELATIONS[edge.relation]} ${titleOf(graph.nodes[edge.to] ?? node)}`);
    const gone = node.missing.map((missing) => `targets ${missing}, which is missing`);
    const unreadable = node.unreadable === null ? [] : [`cannot be read: ${node.unreadable}`];
    const own = (node.facts.role === "workload" || node.facts.role === "account") && node.unreadable === null ? [fact(node)] : [];
    const all = [...own, ...targets, ...gone, ...unreadable];
    return [`${fullTitle(node)}${all.length > 0 ? `: ${all.join("; ")}` : ""}`];
  });
}

/** Puts each workload in a row with the objects that target it; the same text gives the same picture. */
function layoutOf(graph: Graph, shown: ReadonlySet<number>): Layout {
  const column = (node: GraphNode) => (node.facts.role === "workload" ? 2 : node.kind === "Ingress" ? 0 : 1);
  const boxes = new Map<number, Box>();
  const absent: { from: Box; to: Box }[] = [];
  let row = 0;
  const group = (members: number[]) => {
    const used = [0, 0, 0];
    const put = (at: number | null, missing: string, at_column: number): Box => {
      const box: Box = { node: at, missing, column: at_column, row: row + (used[at_column] ?? 0) };
      used[at_column] = (used[at_column] ?? 0) + 1;
      return box;
    };
    for (const at of members) {
      const node = graph.nodes[at];
      if (!node || boxes.has(at)) continue;
      const box = put(at, "", column(node));
      boxes.set(at, box);
      for (const missing of node.missing) absent.push({ from: box, to: put(null, missing, box.column + 1) });
    }
    row += Math.max(...used);
  };
  const sources = (at: number) =>
    graph.edges
      .filter((edge) => edge.to === at && shown.has(edge.from))
      .sort((one, other) => ORDER.indexOf(one.relation) - ORDER.indexOf(other.relation))
      .map((edge) => edge.from);
  const of = (role: (node: GraphNode) => boolean) => [...shown].filter((at) => role(graph.nodes[at] as GraphNode)).sort((one, other) => one - other);
  for (const at of of((node) => column(node) === 2)) {
    const direct = sources(at);
    group([at, ...direct, ...direct.flatMap(sources)]);
  }
  for (const at of of((node) => column(node) === 1)) if (!boxes.has(at)) group([at, ...sources(at)]);
  for (const at of of((node) => column(node) === 0)) if (!boxes.has(at)) group([at]);

  const lines = graph.edges.flatMap((edge) => {
    const [from, to] = [boxes.get(edge.from), boxes.get(edge.to)];
    return from && to ? [{ from, to }] : [];
  });
  const all = [...boxes.values(), ...absent.map(({ to }) => to)];
  // If the first column is empty, the others move left.
  const first = Math.min(2, ...all.map((box) => box.column));
  for (const box of all) box.column -= first;
  return { boxes: all, lines: [...lines, ...absent], columns: 3 - first, rows: row };
}

function draw(graph: Graph, layout: Layout, chosen: number | null, width: number, title: string, actions: Actions): Element {
  const room = (width - (layout.columns - 1) * BETWEEN) / layout.columns - 2;
  const wide = Math.max(NARROWEST, Math.min(WIDEST, room));
  const between = layout.columns > 1 ? Math.min(160, Math.max(BETWEEN, (width - layout.columns * wide - 2) / (layout.columns - 1))) : 0;
  const whole = layout.columns * wide + (layout.columns - 1) * between + 2;
  const longest = Math.max(0, ...layout.boxes.map((box) => nameOf(graph, box).length));
  const tall = HEIGHT + LINE * Math.max(0, Math.ceil((longest * CHARACTER) / (wide - PADDING)) - 1);
  const height = Math.max(1, layout.rows) * (tall + GAP);
  const x = (box: Box) => 1 + box.column * (wide + between);
  const y = (box: Box) => 4 + box.row * (tall + GAP);

  const lines = layout.lines.map(({ from, to }) => {
    const [x1, y1, x2, y2] = [x(from) + wide, y(from) + tall / 2, x(to) - 2, y(to) + tall / 2];
    const bend = (x2 - x1) / 2;
    return drawing("path", {
      d: `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2} M${x2 - 7} ${y2 - 4} L${x2} ${y2} L${x2 - 7} ${y2 + 4}`,
      class: to.node === null ? "link dashed" : "link",
    });
  });
  const svg = drawing(
    "svg",
    { role: "img", "aria-label": title, width: whole, height, viewBox: `0 0 ${whole} ${height}`, class: "picture" },
    ...lines,
  );
  const place = element("div", { class: "map" });
  place.style.setProperty("width", `${whole}px`);
  place.style.setProperty("height", `${height}px`);
  const inOrder = [...layout.boxes].sort((one, other) => one.row - other.row || one.column - other.column);
  const boxes = inOrder.map((box) => {
    const made = drawBox(graph, box, chosen, actions);
    for (const [name, value] of [["left", x(box)], ["top", y(box)], ["width", wide], ["height", tall]] as const) {
      made.style.setProperty(name, `${value}px`);
    }
    return made;
  });
  fill(place, svg, ...boxes);
  return place;
}

function nameOf(graph: Graph, box: Box): string {
  return (box.node === null ? undefined : graph.nodes[box.node])?.name ?? "";
}

function drawBox(graph: Graph, box: Box, chosen: number | null, actions: Actions): HTMLElement {
  const node = box.node === null ? undefined : graph.nodes[box.node];
  if (!node) {
    return element("div", { class: "box missing", title: box.missing }, element("span", { class: "kind" }, "missing"), element("strong", {}, box.missing));
  }
  const own = box.node === chosen;
  return element(
    "button",
    {
      type: "button",
      class: own ? `box ${node.facts.role} chosen` : `box ${node.facts.role}`,
      title: fullTitle(node),
      "data-node": box.node,
      "aria-current": own ? "true" : null,
      onclick: () => actions.reveal(node.object),
    },
    element("span", { class: "kind" }, `${node.kind}${own ? " (chosen)" : ""}`),
    element("strong", {}, node.name || "without a name"),
    element("span", { class: "fact" }, fact(node)),
  );
}
