// How a pod terminates: what happens to each container after the pod's deletion, and what goes wrong.

import { drawing, element } from "../../element";
import type { ContainerEnd, GraphNode, Moment, StopProblem, Timeline } from "../../transfer";
import { fit, label, patterns, picture, sample, seconds, table, titleOf, widthOf, type Actions, type Picture } from "./parts";

const BAR = 22;
const LINE = 17;
const MARGIN = 12;

const PARTS = {
  container: "container",
  sidecar: "native sidecar",
  proxy: "proxy",
  injectedProxy: "injected proxy",
  injectedSidecar: "injected proxy, a native sidecar",
} as const;

const HOOKS = {
  sleep: "sleeps",
  exec: "runs a command",
  httpGet: "sends an HTTP request",
  tcpSocket: "does nothing: no kubelet runs tcpSocket",
} as const;

/** A problem's effect on clients or users. */
const OUTCOMES = {
  cut: "502",
  late: "504",
  lost: "lost work",
} as const;

export function termination(node: GraphNode, timeline: Timeline, actions: Actions): Picture {
  const title = `How a pod of ${titleOf(node)} ends`;
  const problems = timeline.containers.flatMap((container) => container.problems.map((problem) => ({ container, problem })));
  const wrong =
    problems.length === 0
      ? "Nothing goes wrong, as far as can be seen."
      : `What goes wrong: ${problems.map(({ container, problem }) => `${OUTCOMES[problem.kind]} at ${container.name}`).join(", ")}.`;
  return {
    title,
    label: `${title}: ${containers(timeline)} within ${seconds(end(timeline))}. ${wrong}`,
    draw: (width) => draw(timeline, width, `${title}. ${wrong}`),
    legend: legend(),
    notes: [
      element("p", { class: problems.length > 0 ? "verdict wrong" : "verdict" }, wrong),
      problems.length > 0 &&
        element("ul", { class: "problems" }, ...problems.map(({ container, problem }) => problemItem(container, problem, actions))),
      element("p", { class: "assumed" }, assumed(timeline)),
    ],
    words: table("From the deletion of the pod", ["When", "Where", "What happens"], events(timeline)),
  };
}

function containers(timeline: Timeline): string {
  const count = timeline.containers.length;
  return count === 1 ? "one container stops" : `${count} containers stop`;
}

function problemItem(container: ContainerEnd, problem: StopProblem, actions: Actions): Element {
  const policies = problem.policies.flatMap((policy) => [
    " ",
    element("button", { type: "button", class: "quiet", onclick: () => actions.explain(policy) }, policy),
  ]);
  return element(
    "li",
    {},
    element("strong", {}, `⚠ ${OUTCOMES[problem.kind]}`),
    ` ${container.name}: ${problem.message}.`,
    ...policies,
  );
}

function assumed(timeline: Timeline): string {
  const routes =
    timeline.routes === null
      ? "No Service is given: one is assumed to route requests to the containers that declare ports. "
      : timeline.routes.length === 0
        ? "No Service selects this pod: no requests are routed to it. "
        : "";
  const away = timeline.routes?.length === 0 ? "" : `the pod is out of rotation within ${seconds(timeline.outOfRotation)}, and `;
  const windows = timeline.windows ? " On Windows a system event replaces the signal." : "";
  return (
    `${routes}Assumed: ${away}a process takes up to ${seconds(timeline.drain)} to finish after the signal, ` +
    `according to the settings of missing-prestop and short-grace-period.${windows}`
  );
}

function end(timeline: Timeline): number {
  return Math.max(timeline.grace, ...timeline.containers.map((container) => container.killed));
}

interface Scale {
  x(millis: number): number;
  /** Where the axis is cut. */
  readonly gap: number | null;
  readonly ticks: readonly number[];
}

/** The time scale. A grace period that is much longer than everything else is shortened. */
function scaleOf(timeline: Timeline, width: number): Scale {
  const last = Math.max(end(timeline), timeline.outOfRotation, 1000);
  const moments = timeline.containers.flatMap((container) => [container.signalled?.at ?? 0, container.ended ?? 0]);
  const busy = Math.max(timeline.routes?.length === 0 ? 0 : timeline.outOfRotation, ...moments, 1000);
  const left = MARGIN;
  const right = width - MARGIN;
  const gapped = last > busy * 3;
  const near = gapped ? busy * 1.1 : last;
  const edge = gapped ? right - Math.max(70, (right - left) * 0.2) : right;
  const x = (millis: number) =>
    millis <= near
      ? left + (millis / near) * (edge - left)
      : edge + ((Math.min(millis, last) - near) / (last - near)) * (right - edge);
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600].map((step) => step * 1000);
  const step = steps.find((step) => near / step <= (edge - left) / 60) ?? near;
  const ticks: number[] = [];
  for (let at = 0; at <= near && ticks.length < 40; at += step) ticks.push(at);
  return { x, gap: gapped ? edge + 8 : null, ticks };
}

function draw(timeline: Timeline, width: number, title: string): Element {
  const scale = scaleOf(timeline, width);
  const shapes: Node[] = [patterns("stop")];
  let y = 16;

  // The axis, and lines from it through all rows.
  const axis = y + 8;
  shapes.push(...scale.ticks.map((at) => label(seconds(at), scale.x(at), y, at === 0 ? "start" : "middle", "quiet")));
  y = axis + 14;

  if (timeline.routes?.length !== 0) {
    const to = scale.x(timeline.outOfRotation);
    const words = `traffic still arrives, up to ${seconds(timeline.outOfRotation)}`;
    shapes.push(
      label(fit(words, width - 2 * MARGIN), MARGIN, y + 10),
      drawing("path", { d: `M${scale.x(0)} ${y + 16} H${to} L${Math.max(scale.x(0), to - 14)} ${y + 28} H${scale.x(0)} Z`, class: "routed" }),
    );
    y += 28 + 18;
  }
  for (const container of timeline.containers) {
    const row = drawContainer(container, scale, y, width);
    shapes.push(...row.shapes);
    y = row.bottom + 18;
  }

  const grid = scale.ticks.map((at) => drawing("line", { x1: scale.x(at), x2: scale.x(at), y1: axis, y2: y, class: "grid" }));
  const grace = scale.x(timeline.grace);
  const lines: Node[] = [
    ...grid,
    drawing("line", { x1: MARGIN, x2: width - MARGIN, y1: axis, y2: axis, class: "axis" }),
    drawing("line", { x1: grace, x2: grace, y1: axis, y2: y, class: "grace" }),
    label(`grace period over: ${seconds(timeline.grace)}`, ...at(grace, width), "strong"),
  ];
  function at(x: number, width: number): [number, number, "start" | "end"] {
    return x > width / 2 ? [x + MARGIN / 2, y + 14, "end"] : [x, y + 14, "start"];
  }
  if (scale.gap !== null) {
    const x = scale.gap;
    lines.push(drawing("path", { d: `M${x} ${axis + 6} l4 -12 M${x + 5} ${axis + 6} l4 -12`, class: "axis" }));
  }
  return picture(title, width, y + 22, ...lines, ...shapes);
}

function drawContainer(
  container: ContainerEnd,
  scale: Scale,
  top: number,
  width: number,
): { shapes: Node[]; bottom: number } {
  const shapes: Node[] = [];
  const part = PARTS[container.part];
  shapes.push(label(fit(`${container.name} (${part})`, width - 2 * MARGIN), MARGIN, top + 11, "start", "strong"));
  const y = top + 18;
  const start = scale.x(0);
  const bar = (from: number, to: number, kind: string, fill: string | null, text: string) => {
    const [x, w] = [scale.x(from), scale.x(to) - scale.x(from)];
    if (w <= 0) return;
    shapes.push(drawing("rect", { x, y, width: w, height: BAR, class: `bar ${kind}`, fill }));
    // An opaque background keeps the words readable on the pattern.
    if (widthOf(text) + 12 <= w) {
      const middle = x + w / 2;
      shapes.push(
        drawing("rect", { x: middle - widthOf(text) / 2 - 2, y: y + 3, width: widthOf(text) + 4, height: BAR - 6, rx: 3, class: "plate" }),
        label(text, middle, y + 15, "middle"),
      );
    }
  };
  const { hook, signalled } = container;
  const hookEnd = hook?.until.at ?? 0;
  if (hook && hook.end !== "neverRuns") bar(0, hookEnd, "hook", "url(#stop-hatched)", "preStop");
  if (signalled) {
    bar(hookEnd, signalled.at, "running", null, "running");
    const open = signalled.known === "atLeast";
    if (container.ended !== null) bar(signalled.at, container.ended, open ? "drain open" : "drain", "url(#stop-dotted)", "drain");
    shapes.push(
      drawing("line", {
        x1: scale.x(container.ended ?? signalled.at),
        x2: scale.x(container.killed),
        y1: y + BAR / 2,
        y2: y + BAR / 2,
        class: container.ended === null ? "axis dashed" : "axis thin",
      }),
    );
  }

  // Signals: a triangle for the first and a cross for the last.
  let line = y + BAR + LINE - 3;
  const kill = scale.x(container.killed);
  const killWords = `SIGKILL ${seconds(container.killed)}`;
  const killAt = Math.min(Math.max(kill, MARGIN + widthOf(killWords) / 2), width - MARGIN - widthOf(killWords) / 2);
  if (signalled) {
    const x = scale.x(signalled.at);
    const words = `${container.signal} ${when(signalled)}`;
    const from = Math.min(x, width - MARGIN - widthOf(words));
    shapes.push(
      drawing("path", { d: `M${x} ${y + BAR + 2} l-6 -${BAR + 8} h12 z`, class: "signal" }),
      label(fit(words, width - 2 * MARGIN), Math.max(MARGIN, from), line),
    );
    if (Math.max(MARGIN, from) + widthOf(words) + 6 > killAt - widthOf(killWords) / 2) line += LINE;
  }
  shapes.push(
    drawing("path", { d: `M${kill - 6} ${y + 4} l12 ${BAR - 8} m0 -${BAR - 8} l-12 ${BAR - 8}`, class: "kill" }),
    label(killWords, killAt, line, "middle"),
  );

  for (const problem of container.problems) {
    line += LINE + 2;
    const [from, to] = [scale.x(problem.from), Math.max(scale.x(problem.to), scale.x(problem.from) + 4)];
    shapes.push(drawing("rect", { x: from, y: line - 9, width: to - from, height: 6, class: "wrong", fill: "url(#stop-crossed)" }));
    const words = `⚠ ${OUTCOMES[problem.kind]}`;
    const room = width - MARGIN - to - 6;
    const beside = room >= widthOf(words);
    const x = beside ? to + 6 : Math.max(start, from - 6);
    shapes.push(label(words, x, line, beside || x === start ? "start" : "end", "wrong"));
  }
  return { shapes, bottom: line + 4 };
}

function when(moment: Moment): string {
  return { exactly: "", atLeast: "from ", assumed: "about " }[moment.known] + seconds(moment.at);
}

function legend(): Element[] {
  const box = (kind: string, fill: string | null) => drawing("rect", { x: 1, y: 1, width: 20, height: 12, class: `bar ${kind}`, fill });
  return [
    sample("traffic still arrives", drawing("path", { d: "M1 1 H21 L14 13 H1 Z", class: "routed" })),
    sample("preStop", box("hook", "url(#stop-hatched)")),
    sample("running on until the others have ended", box("running", null)),
    sample("drain", box("drain", "url(#stop-dotted)")),
    sample("signal to stop", drawing("path", { d: "M11 13 L5 1 H17 Z", class: "signal" })),
    sample("SIGKILL, if it still runs", drawing("path", { d: "M5 2 L17 12 M17 2 L5 12", class: "kill" })),
    sample("what goes wrong", drawing("rect", { x: 1, y: 4, width: 20, height: 6, class: "wrong", fill: "url(#stop-crossed)" })),
  ];
}

/** All events, in order. */
function events(timeline: Timeline): string[][] {
  const rows: { at: number; row: [string, string, string] }[] = [];
  const add = (at: number, when: string, where: string, what: string) => rows.push({ at, row: [when, where, what] });
  const routes = timeline.routes;
  if (routes === null) add(0, seconds(0), "pod", "it begins to be taken out of the endpoints of Services");
  else if (routes.length === 0) add(0, seconds(0), "pod", "no requests are routed to it");
  else add(0, seconds(0), "pod", `it begins to be taken out of the endpoints of ${routes.join(", ")}`);
  if (routes?.length !== 0) add(timeline.outOfRotation, `about ${seconds(timeline.outOfRotation)}`, "pod", "no requests are routed to it any more");
  for (const container of timeline.containers) {
    const where = `${container.name} (${PARTS[container.part]})`;
    const { hook, signalled } = container;
    if (hook?.end === "neverRuns") add(0, seconds(0), where, "its preStop hook never runs");
    else if (hook) {
      add(0, seconds(0), where, `its preStop hook ${HOOKS[hook.handler]}`);
      add(hook.until.at, when(hook.until), where, `its preStop hook ${hook.end === "done" ? "ends" : "is cut off"}`);
    }
    if (signalled) {
      add(signalled.at, when(signalled), where, container.signal);
      if (container.ended !== null && container.ended < container.killed) {
        add(container.ended, `about ${seconds(container.ended)}`, where, "it has finished");
      }
    }
    add(container.killed, seconds(container.killed), where, signalled ? "SIGKILL, if it still runs" : "SIGKILL, without an earlier signal");
    for (const problem of container.problems) {
      const span = problem.to > problem.from ? `${seconds(problem.from)} to ${seconds(problem.to)}` : seconds(problem.from);
      add(problem.from, span, where, `${OUTCOMES[problem.kind]}: ${problem.message} (${problem.policies.join(", ")})`);
    }
  }
  const by = timeline.defaultGrace ? " (by default)" : "";
  add(timeline.grace, seconds(timeline.grace), "pod", `the grace period is over${by}`);
  return rows.sort((one, other) => one.at - other.at).map(({ row }) => row);
}
