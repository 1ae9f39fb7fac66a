// The frame of a picture: which picture, of which object, and the same in words.

import { announce } from "../../announce";
import { element, fill } from "../../element";
import { Outdated } from "../../evaluate";
import type { State, Store } from "../../store";
import type { Checked, Graph, GraphNode, Termination } from "../../transfer";
import { disruption } from "./disruption";
import { map, MOST, related } from "./map";
import { fullTitle, type Actions, type Picture } from "./parts";
import { termination } from "./termination";
import "./pictures.css";

type Kind = "termination" | "disruption" | "map";

const KINDS: readonly [Kind, string][] = [
  ["termination", "Termination"],
  ["disruption", "Disruption and scaling"],
  ["map", "What targets what"],
];

/** Means all objects where one can be chosen. */
const ALL = "";

interface Drawn {
  readonly result: Checked;
  readonly graph: Graph;
  /** How pods terminate, by node, as far as requested. */
  readonly terminations: Map<number, Termination>;
}

let frames = 0;

export class PictureFrame {
  readonly #store: Store;
  readonly #actions: Actions;
  readonly #group = `picture-${++frames}`;
  #kind: Kind = "termination";
  /** The chosen node, by its title: that survives changes of the text. */
  #chosen: string | null = null;
  /** Whether the map shows all objects. */
  #everything = true;
  #selected: number | null = null;
  #drawn: Drawn | null = null;
  #picture: Picture | null = null;
  #width = 0;
  /** Counts requests, to recognize late answers. */
  #turn = 0;
  #asked: Checked | null = null;
  readonly #object = element("select", { onchange: () => this.#choose() });
  readonly #word = element("span", {}, "Workload");
  readonly #status = element("p", { class: "status" });
  readonly #title = element("h2", {});
  readonly #canvas = element("div", { class: "canvas", tabindex: "0", role: "group" });
  readonly #legend = element("ul", { class: "legend", "aria-label": "What the shapes mean" });
  readonly #notes = element("div", { class: "notes" });
  readonly #words = element("div", { class: "words", tabindex: "0", role: "group", "aria-label": "The picture in words" });
  readonly #figure = element(
    "section",
    { class: "shown", hidden: true },
    this.#title,
    this.#canvas,
    this.#legend,
    this.#notes,
    element("details", {}, element("summary", {}, "The same in words"), this.#words),
  );

  constructor(place: HTMLElement, store: Store) {
    this.#store = store;
    this.#actions = {
      reveal: (object) => {
        const range = this.#drawn?.result.objects[object]?.range;
        if (range) store.reveal(range);
      },
      explain: (policy) => store.set({ documented: policy }),
      show: (finding) => {
        const index = this.#drawn?.result.findings.indexOf(finding) ?? -1;
        if (index >= 0) store.set({ selected: index });
        store.reveal(finding.range);
      },
    };
    const kinds = KINDS.map(([kind, words]) =>
      element(
        "label",
        {},
        element("input", { type: "radio", name: this.#group, value: kind, checked: kind === this.#kind, onchange: () => this.#show(kind) }),
        ` ${words}`,
      ),
    );
    const controls = element(
      "div",
      { class: "controls" },
      element("fieldset", {}, element("legend", {}, "Picture"), ...kinds),
      element("label", {}, this.#word, " ", this.#object),
    );
    fill(place, element("div", { class: "pictures" }, controls, this.#status, this.#figure));
    new ResizeObserver(() => {
      const width = this.#canvas.clientWidth;
      // A hidden picture has no width.
      if (width > 0 && Math.abs(width - this.#width) > 4) this.#draw();
    }).observe(this.#canvas);
  }

  update(state: State): void {
    const { result, busy, outdated, selected } = state;
    this.#figure.classList.toggle("outdated", outdated);
    if (selected !== this.#selected) {
      this.#selected = selected;
      if (this.#drawn && this.#drawn.result === result && this.#follow(selected)) void this.#paint(false);
    }
    if (busy) return;
    if (outdated) {
      // The worker has a newer text, which can't be drawn as a whole.
      this.#say(this.#drawn ? "This is the text before it could no longer be read." : "The text cannot be read; its pictures come when it can.");
      return;
    }
    if (result && result !== this.#asked) {
      this.#asked = result;
      void this.#read(result);
    } else if (this.#drawn?.result === result) {
      this.#say("");
    }
  }

  /** Requests the data of the pictures. */
  async #read(result: Checked): Promise<void> {
    const turn = ++this.#turn;
    try {
      const graph = await this.#store.policies.graph();
      if (turn !== this.#turn || this.#store.state.result !== result) return;
      if (!graph) {
        this.#say("The pictures come with the next change of the text.");
        return;
      }
      this.#drawn = { result, graph, terminations: new Map() };
    } catch (error) {
      if (!(error instanceof Outdated)) throw error;
      // The text is being checked again; its result triggers another request.
      if (turn === this.#turn) this.#asked = null;
      return;
    }
    this.#say("");
    this.#follow(this.#store.state.selected);
    await this.#paint(false);
  }

  /** Selects the workload that a finding is about, or that its object targets. True if that changes anything. */
  #follow(selected: number | null): boolean {
    const drawn = this.#drawn;
    const finding = selected === null || this.#store.state.outdated ? undefined : drawn?.result.findings[selected];
    if (!drawn || !finding) return false;
    const at = drawn.graph.nodes.findIndex((node) => node.object === finding.object);
    const found = at < 0 ? undefined : [...related(drawn.graph, at)].sort((one, other) => one - other);
    const node = [at, ...(found ?? [])].map((at) => drawn.graph.nodes[at]).find(isWorkload);
    if (!node || fullTitle(node) === this.#chosen) return false;
    this.#chosen = fullTitle(node);
    return true;
  }

  #show(kind: Kind): void {
    this.#kind = kind;
    void this.#paint(true);
  }

  #choose(): void {
    const { value } = this.#object;
    if (this.#kind === "map") this.#everything = value === ALL;
    if (value !== ALL) this.#chosen = this.#drawn ? keyOf(this.#drawn.graph, Number(value)) : null;
    void this.#paint(true);
  }

  /** Redraws the picture. */
  async #paint(announced: boolean): Promise<void> {
    const drawn = this.#drawn;
    if (!drawn) return;
    const { graph, result } = drawn;
    const at = this.#offer(graph);
    const node = at === null ? undefined : graph.nodes[at];
    const turn = ++this.#turn;
    if (this.#kind === "map") {
      const all = this.#shows(graph);
      const shown = all ? new Set(graph.nodes.keys()) : at === null ? new Set<number>() : related(graph, at);
      this.#set(map(graph, shown, at, this.#actions), announced);
    } else if (at === null || !node) {
      this.#set(null, announced);
      this.#say("Nothing in the text makes pods.");
    } else if (node.unreadable !== null) {
      this.#set(null, announced);
      this.#say(`${fullTitle(node)} cannot be read: ${node.unreadable}`);
    } else if (this.#kind === "disruption") {
      const category = (policy: string) => this.#store.byId.get(policy)?.category;
      this.#set(disruption(graph, at, node, result, category, this.#actions), announced);
    } else {
      const answer = await this.#ending(drawn, at, node.object);
      if (turn !== this.#turn || this.#drawn !== drawn) return;
      if (answer === undefined) {
        if (!this.#store.state.outdated) return;
        this.#set(null, announced);
        this.#say("The text cannot be read; this picture comes when it can.");
        return;
      }
      const timeline = answer?.timeline;
      this.#set(timeline ? termination(node, timeline, this.#actions) : null, announced);
      if (!timeline) this.#say(answer?.unreadable ? `${fullTitle(node)} cannot be read: ${answer.unreadable}` : `${fullTitle(node)} has no pods of its own here.`);
    }
  }

  /** How the pods of an object terminate; nothing while the worker checks another text. */
  async #ending(drawn: Drawn, at: number, object: number): Promise<Termination | null | undefined> {
    const known = drawn.terminations.get(at);
    if (known) return known;
    if (this.#store.state.outdated) return undefined;
    try {
      const answer = await this.#store.policies.timeline(object);
      if (answer && this.#store.state.result === drawn.result) drawn.terminations.set(at, answer);
      return answer;
    } catch (error) {
      if (!(error instanceof Outdated)) throw error;
      // The next result redraws it.
      this.#asked = null;
      return undefined;
    }
  }

  /** Fills the list of objects. Returns the selected node. */
  #offer(graph: Graph): number | null {
    const isMap = this.#kind === "map";
    const offered = [...graph.nodes.entries()].filter(([, node]) => isWorkload(node) || (isMap && node.missing.length > 0));
    const chosen = offered.find(([, node]) => fullTitle(node) === this.#chosen) ?? offered.find(([, node]) => isWorkload(node)) ?? offered[0];
    const all = isMap && this.#shows(graph);
    this.#word.textContent = isMap ? "Objects" : "Workload";
    fill(
      this.#object,
      isMap && graph.nodes.length <= MOST && element("option", { value: ALL, selected: all }, "all"),
      ...offered.map(([at, node]) =>
        element("option", { value: at, selected: !all && at === chosen?.[0] }, isMap ? `around ${fullTitle(node)}` : fullTitle(node)),
      ),
    );
    this.#object.disabled = offered.length === 0;
    return chosen?.[0] ?? null;
  }

  #shows(graph: Graph): boolean {
    return this.#everything && graph.nodes.length <= MOST;
  }

  #say(text: string): void {
    if (this.#status.textContent !== text) this.#status.textContent = text;
  }

  #set(picture: Picture | null, announced: boolean): void {
    this.#picture = picture;
    this.#figure.hidden = picture === null;
    if (!picture) return;
    this.#say("");
    this.#title.textContent = picture.title;
    this.#canvas.setAttribute("aria-label", picture.title);
    fill(this.#legend, ...picture.legend);
    fill(this.#notes, ...picture.notes);
    fill(this.#words, picture.words);
    this.#draw();
    if (announced) announce(picture.label);
  }

  #draw(): void {
    const width = this.#canvas.clientWidth;
    if (!this.#picture || width === 0) return;
    this.#width = width;
    const focused = document.activeElement;
    const node = focused instanceof HTMLElement && this.#canvas.contains(focused) ? focused.dataset["node"] : undefined;
    fill(this.#canvas, this.#picture.draw(width));
    if (node !== undefined) this.#canvas.querySelector<HTMLElement>(`[data-node="${node}"]`)?.focus();
  }
}

function isWorkload(node: GraphNode | undefined): boolean {
  return node?.facts.role === "workload";
}

function keyOf(graph: Graph, at: number): string | null {
  const node = graph.nodes[at];
  return node ? fullTitle(node) : null;
}
