// How many pods a workload has, how many of them may be evicted, and at which usage an autoscaler adds more.

import { drawing, element } from "../../element";
import type { Checked, Evictions, Graph, GraphNode, PodRange, ScalingMetric } from "../../transfer";
import { fit, label, patterns, picture, plural, sample, titleOf, widthOf, type Actions, type Picture } from "./parts";

const MARGIN = 12;
const POD = 14;
const STEP = 18;

/** The maximum of pods drawn individually; the rest is a number. */
const MOST_PODS = 60;

/** The policies whose findings are shown below the picture. */
const CATEGORIES = ["disruption", "autoscaling"];

interface Facts {
  node: GraphNode;
  pods: PodRange | null;
  budgets: { node: GraphNode; demand: string; rows: Evictions[]; workloads: number }[];
  scalers: { node: GraphNode; says: string; metrics: ScalingMetric[] }[];
}

export function disruption(
  graph: Graph,
  at: number,
  node: GraphNode,
  result: Checked,
  categoryOf: (policy: string) => string | undefined,
  actions: Actions,
): Picture {
  const facts = factsOf(graph, at, node);
  const title = `Pods of ${titleOf(node)}`;
  const sentences = said(facts);
  const objects = [node, ...facts.budgets.map((budget) => budget.node), ...facts.scalers.map((scaler) => scaler.node)].map(
    (node) => node.object,
  );
  const findings = result.findings.filter(
    (finding) => objects.includes(finding.object) && CATEGORIES.includes(categoryOf(finding.policy) ?? ""),
  );
  const stuck = facts.budgets.some((budget) => budget.rows.some((row) => row.pods > 0 && row.allowed === 0));
  // More pods never mean fewer evictions. Pods under two budgets are never evicted; a policy reports that.
  const free = !stuck && facts.budgets.length === 1 && facts.budgets.every((budget) => budget.rows.length > 0);
  return {
    title,
    label: `${title}: ${sentences[0] ?? ""}`,
    draw: (width) => draw(facts, width, `${title}: ${sentences[0] ?? ""}`),
    legend: legend(),
    notes: [
      stuck && element("p", { class: "verdict wrong" }, "⚠ There are times when no pod may be evicted: a drain waits indefinitely."),
      free && element("p", { class: "verdict" }, "Some pod may always be evicted."),
      findings.length > 0 &&
        element(
          "ul",
          { class: "problems" },
          ...findings.map((finding) =>
            element(
              "li",
              {},
              element("button", { type: "button", class: "jump", onclick: () => actions.show(finding) }, finding.message),
              " ",
              element("button", { type: "button", class: "quiet", onclick: () => actions.explain(finding.policy) }, finding.policy),
            ),
          ),
        ),
    ],
    words: element("ul", {}, ...sentences.map((sentence) => element("li", {}, sentence))),
  };
}

function factsOf(graph: Graph, at: number, node: GraphNode): Facts {
  const facts: Facts = { node, pods: node.facts.role === "workload" ? node.facts.pods : null, budgets: [], scalers: [] };
  for (const edge of graph.edges) {
    const from = edge.to === at ? graph.nodes[edge.from] : undefined;
    if (from?.facts.role === "budget") {
      const { demand, atLeast, atMost } = from.facts;
      const rows = [atLeast, atMost].filter((row) => row !== null);
      if (rows[0]?.pods === rows[1]?.pods) rows.pop();
      const workloads = graph.edges.filter((other) => other.from === edge.from).length;
      facts.budgets.push({ node: from, demand, rows, workloads });
    } else if (from?.facts.role === "autoscaler") {
      const { least, most, scalesToZero, metrics } = from.facts;
      const range = most === null ? plural(least, "pod", "pods") : `${least} to ${plural(most, "pod", "pods")}`;
      facts.scalers.push({ node: from, says: `${range}${scalesToZero ? ", none when there is nothing to do" : ""}`, metrics });
    }
  }
  return facts;
}

function said({ pods, budgets, scalers }: Facts): string[] {
  const sentences = [podsSaid(pods)];
  for (const { node, demand, rows, workloads } of budgets) {
    const over = workloads > 1 ? `, for ${workloads} workloads together` : "";
    sentences.push(...rows.map((row) => `${titleOf(node)}, ${demand}${over}: ${evictions(row)}`));
  }
  if (budgets.length === 0) sentences.push("No budget is for these pods: all of them may be evicted at once.");
  for (const { node, says, metrics } of scalers) {
    sentences.push(`${titleOf(node)}: ${says}`);
    sentences.push(...metrics.map((metric) => `${titleOf(node)}: ${metricSaid(metric)}`));
  }
  if (scalers.length === 0) sentences.push("No autoscaler sets their number.");
  return sentences;
}

function podsSaid(pods: PodRange | null): string {
  if (pods === null) return "How many pods there are depends on the cluster or on the work.";
  const now = pods.written === null ? "" : `, now ${pods.written}`;
  const range = pods.least === pods.most ? plural(pods.least, "pod", "pods") : `at least ${pods.least}, at most ${plural(pods.most, "pod", "pods")}`;
  return `${range}${now} (${pods.from}).`;
}

function evictions({ pods, kept, allowed }: Evictions): string {
  const waits = pods > 0 && allowed === 0 ? ": a drain waits indefinitely" : "";
  return `at ${plural(pods, "pod", "pods")}: ${kept} kept, ${allowed} may be evicted${waits}`;
}

function metricSaid(metric: ScalingMetric): string {
  const of = metric.container === null ? metric.name : `${metric.name} of container ${metric.container}`;
  if (metric.targetPercent === null) return `${of}, which is not a percentage of requests`;
  const share = `${of} at ${metric.targetPercent}%`;
  if (metric.withoutRequest.length > 0) return `${share}, but without a request in ${metric.withoutRequest.join(", ")}`;
  if (metric.requests === null) return share;
  const limit = metric.limits === null ? "no limit" : `limit ${metric.limits}${metric.limitPercent === null ? "" : ` (${metric.limitPercent}%)`}`;
  return `${share} of ${metric.requests} requested${metric.scalesAt === null ? "" : `: more pods above ${metric.scalesAt}`}, ${limit}`;
}

function draw(facts: Facts, width: number, title: string): Element {
  const shapes: Node[] = [patterns("pods")];
  let y = 6;
  const heading = (text: string) => {
    y += 2;
    for (const line of wrapped(text, width - 2 * MARGIN)) shapes.push(label(line, MARGIN, (y += 16), "start", "strong"));
  };
  if (facts.pods) {
    heading("Number of pods");
    y = drawRange(facts.pods, width, y, shapes);
  }
  for (const budget of facts.budgets) {
    heading(`${titleOf(budget.node)}, ${budget.demand}`);
    for (const row of budget.rows) y = drawPods(row, width, y, shapes);
  }
  for (const { node, metrics } of facts.scalers) {
    heading(titleOf(node));
    for (const metric of metrics) y = drawMetric(metric, width, y, shapes);
  }
  if (shapes.length === 1) heading("Nothing here has a number.");
  return picture(title, width, y + 14, ...shapes);
}

/** A number line with the minimum, the manifest's and the maximum number. */
function drawRange(pods: PodRange, width: number, top: number, shapes: Node[]): number {
  const now = pods.written ?? pods.least;
  const last = Math.max(pods.most, now, 1);
  const x = (count: number) => MARGIN + 8 + (count / last) * (width - 2 * MARGIN - 16);
  const axis = top + 48;
  shapes.push(
    drawing("line", { x1: x(0), x2: x(last), y1: axis, y2: axis, class: "axis" }),
    drawing("rect", { x: x(pods.least), y: axis - 5, width: Math.max(0, x(pods.most) - x(pods.least)), height: 10, class: "bar", fill: "url(#pods-dotted)" }),
  );
  const step = Math.ceil(last / Math.max(1, Math.floor(width / 40)));
  for (let count = 0; count <= last; count += step) {
    shapes.push(drawing("line", { x1: x(count), x2: x(count), y1: axis - 3, y2: axis + 3, class: "axis" }));
  }
  shapes.push(label("0", x(0), axis + 18, "middle", "quiet"));
  const mark = (count: number, words: string, above: boolean, line: number, path: string) => {
    const at = Math.min(Math.max(x(count), MARGIN + widthOf(words) / 2), width - MARGIN - widthOf(words) / 2);
    shapes.push(
      drawing("path", { d: `M${x(count)} ${axis} ${path}`, class: "signal" }),
      label(words, at, above ? axis - 16 - 15 * line : axis + 26, "middle"),
    );
  };
  const [least, most] = [`min ${pods.least}`, `max ${pods.most}`];
  const near = x(pods.most) - x(pods.least) < widthOf(least) / 2 + widthOf(most) / 2 + 12;
  if (pods.least !== pods.most) {
    mark(pods.least, least, true, 0, "l-5 -12 h10 z");
    mark(pods.most, most, true, near ? 1 : 0, "l-5 -12 h10 z");
  }
  if (pods.written !== null || pods.least === pods.most) mark(now, pods.written === null ? `always ${now}` : `now ${now}`, false, 0, "l-5 12 h10 z");
  return axis + 30;
}

/** Small pods: pods that stay are filled, pods that may be evicted are outlined. */
function drawPods(row: Evictions, width: number, top: number, shapes: Node[]): number {
  let y = top + 18;
  const wrong = row.pods > 0 && row.allowed === 0;
  const words = evictions(row);
  for (const line of wrapped(words, width - 2 * MARGIN)) {
    shapes.push(label(line, MARGIN, y, "start", wrong ? "wrong" : ""));
    y += 15;
  }
  y -= 6;
  const drawn = Math.min(row.pods, MOST_PODS);
  const perLine = Math.max(1, Math.floor((width - 2 * MARGIN) / STEP));
  for (let pod = 0; pod < drawn; pod++) {
    const [x, line] = [MARGIN + (pod % perLine) * STEP, y + Math.floor(pod / perLine) * STEP];
    shapes.push(
      pod < row.kept
        ? drawing("rect", { x, y: line, width: POD, height: POD, rx: 2, class: "kept" })
        : drawing("rect", { x: x + 1, y: line + 1, width: POD - 2, height: POD - 2, rx: 6, class: "evictable" }),
    );
  }
  y += Math.ceil(drawn / perLine) * STEP;
  if (row.pods > drawn) {
    shapes.push(label(`and ${row.pods - drawn} more`, MARGIN, y + 12, "start", "quiet"));
    y += 16;
  }
  return y + 4;
}

/** A bar as long as the request, with the usage at which pods are added and the limit. */
function drawMetric(metric: ScalingMetric, width: number, top: number, shapes: Node[]): number {
  let y = top + 18;
  const name = metric.container === null ? metric.name : `${metric.name} of container ${metric.container}`;
  const target = metric.targetPercent;
  if (target === null || metric.requests === null) {
    for (const line of wrapped(metricSaid(metric), width - 2 * MARGIN)) {
      shapes.push(label(line, MARGIN, y));
      y += 15;
    }
    return y - 8;
  }
  shapes.push(label(fit(name, width - 2 * MARGIN), MARGIN, y));
  // Beyond a few hundred percent the rest would be too small to see.
  const limit = metric.limitPercent;
  const last = Math.max(Math.min(limit ?? 100, Math.max(300, target * 2)), target, 100) * 1.12;
  const x = (percent: number) => MARGIN + (Math.min(percent, last) / last) * (width - 2 * MARGIN);
  y += 10;
  const height = 18;
  shapes.push(drawing("rect", { x: x(0), y, width: x(100) - x(0), height, class: "bar", fill: "url(#pods-hatched)" }));
  const rest = limit === null ? x(last) : x(limit);
  if (rest > x(100)) {
    shapes.push(drawing("rect", { x: x(100), y, width: rest - x(100), height, class: limit === null ? "bar open" : "bar", fill: "none" }));
  }
  if (limit !== null) shapes.push(drawing("line", { x1: x(limit), x2: x(limit), y1: y - 5, y2: y + height + 5, class: "limit" }));
  shapes.push(drawing("path", { d: `M${x(target)} ${y + height} V${y - 2} l-5 -7 h10 z`, class: "target" }));
  y += height;
  const lines = [
    `▼ more pods above ${metric.scalesAt ?? "nothing"} (${target}%)`,
    `▨ requested ${metric.requests} (100%)`,
    metric.limits === null ? "no limit" : `┃ limit ${metric.limits}${limit === null ? "" : ` (${limit}%)`}`,
  ];
  for (const line of lines) {
    y += 15;
    shapes.push(label(line, MARGIN, y));
  }
  return y + 4;
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(`${last} ${word}`) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(fit(word, width));
  }
  return lines;
}

function legend(): Element[] {
  return [
    sample("stays", drawing("rect", { x: 4, y: 0, width: POD, height: POD, rx: 2, class: "kept" })),
    sample("may be evicted", drawing("rect", { x: 5, y: 1, width: POD - 2, height: POD - 2, rx: 6, class: "evictable" })),
    sample("requested", drawing("rect", { x: 1, y: 1, width: 20, height: 12, class: "bar", fill: "url(#pods-hatched)" })),
    sample("where pods are added", drawing("path", { d: "M11 13 V8 l-5 -7 h10 l-5 7", class: "target" })),
    sample("limit", drawing("line", { x1: 11, x2: 11, y1: 0, y2: 14, class: "limit" })),
  ];
}
