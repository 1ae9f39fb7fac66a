// All policies: which are on, and their settings.

import { announce, notify } from "../../announce";
import { element, fill } from "../../element";
import { Outdated } from "../../evaluate";
import type { Asked, State, Store } from "../../store";
import type { Catalogue } from "../../transfer";
import type { Content } from "../view";
import { Cluster } from "./cluster";
import { Row } from "./row";
import "./policies.css";

type Which = "all" | "on" | "off" | "changed";

const WHICH: [Which, string][] = [
  ["all", "all"],
  ["on", "switched on"],
  ["off", "switched off"],
  ["changed", "changed"],
];

/** The tab with the policies. */
export class Policies implements Content {
  readonly #store: Store;
  readonly #cluster: Cluster;
  readonly #summary = element("p", { class: "summary" });
  readonly #words = element("input", { type: "text", placeholder: "name or practice", spellcheck: "false" });
  readonly #which = element("select", {}, ...WHICH.map(([value, text]) => element("option", { value }, text)));
  readonly #reset = element("button", { type: "button" }, "Reset all");
  readonly #list = element("div", { class: "policies" });
  #sections: { place: HTMLElement; count: HTMLElement; rows: readonly Row[] }[] = [];
  #catalogue: Catalogue | null = null;
  #asked: Asked | null = null;

  constructor(place: HTMLElement, store: Store) {
    this.#store = store;
    this.#cluster = new Cluster(store);
    this.#which.addEventListener("change", () => this.#filter(true));
    this.#words.addEventListener("input", () => this.#filter(true));
    this.#reset.addEventListener("click", () => this.#resetAll());
    place.append(
      this.#cluster.element,
      this.#summary,
      element(
        "div",
        { class: "filters" },
        element("label", {}, "Find ", this.#words),
        element("label", {}, "Show ", this.#which),
        this.#reset,
      ),
      this.#list,
    );
  }

  update(state: State): void {
    this.#cluster.update(state);
    if (state.catalogue && state.catalogue !== this.#catalogue) this.#draw(state.catalogue);
    if (!this.#catalogue) {
      this.#summary.textContent = "The policies are being loaded …";
      return;
    }
    for (const row of this.#rows()) row.update(state);
    this.#filter(false);
    const { policies, kubernetesVersion, complete } = state.choices;
    this.#reset.hidden = Object.keys(policies).length === 0 && kubernetesVersion === undefined && !complete;
    if (state.asked !== this.#asked) {
      this.#asked = state.asked;
      if (state.asked?.view === "policies") void this.#open(state.asked.policy);
    }
  }

  #rows(): Row[] {
    return this.#sections.flatMap(({ rows }) => rows);
  }

  #draw(catalogue: Catalogue): void {
    this.#catalogue = catalogue;
    const categories = new Map<string, Row[]>();
    for (const policy of catalogue.policies) {
      const row = new Row(this.#store, policy);
      const rows = categories.get(policy.category);
      if (rows) rows.push(row);
      else categories.set(policy.category, [row]);
    }
    this.#sections = [...categories]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([category, rows]) => {
        const count = element("span", { class: "count" });
        const heading = element("h2", {}, category, count);
        const list = element("ul", {}, ...rows.map((row) => row.element));
        return { rows, count, place: element("section", { class: "group" }, heading, list) };
      });
    fill(this.#list, ...this.#sections.map(({ place }) => place));
  }

  /** Shows the rows that match; `announced`: with their number for screen readers. */
  #filter(announced: boolean): void {
    const words = this.#words.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
    let shown = 0;
    let on = 0;
    for (const { place, count, rows } of this.#sections) {
      const before = shown;
      for (const row of rows) {
        const isWanted = this.#isWanted(row) && words.every((word) => row.words.includes(word));
        // A row with the focus stays until it loses it, even if it doesn't match any more.
        row.element.hidden = !isWanted && (announced || !row.element.contains(document.activeElement));
        if (!row.element.hidden) shown++;
        if (row.isOn) on++;
      }
      place.hidden = shown === before;
      count.textContent = String(shown - before);
    }
    const all = this.#catalogue?.policies.length ?? 0;
    const some = shown === 1 ? "1 is shown" : `${shown} are shown`;
    const text = `${on} of ${all} policies are on${shown === all ? "" : `; ${some}`}.`;
    if (this.#summary.textContent !== text) this.#summary.textContent = text;
    if (announced) announce(shown === 1 ? "1 policy" : `${shown} policies`);
  }

  #isWanted(row: Row): boolean {
    switch (this.#which.value as Which) {
      case "all":
        return true;
      case "on":
        return row.isOn;
      case "off":
        return !row.isOn;
      case "changed":
        return row.isChanged;
    }
  }

  #resetAll(): void {
    const { policies, kubernetesVersion, complete } = this.#store.state.choices;
    this.#store.choose({ policies: {}, kubernetesVersion: undefined, complete: false });
    notify("policies", "All policies follow the profile again, with their default settings.", [
      { name: "Undo", run: () => this.#store.choose({ policies, kubernetesVersion, complete }) },
    ]);
    this.#words.focus();
  }

  async #open(id: string): Promise<void> {
    const row = this.#rows().find(({ policy }) => policy.id === id);
    if (!row) return;
    if (row.element.hidden) {
      this.#words.value = "";
      this.#which.value = "all";
      this.#filter(true);
    }
    try {
      await row.open();
    } catch (error) {
      if (!(error instanceof Outdated)) throw error;
    }
    row.element.scrollIntoView({ block: "start" });
  }
}
