// A view whose code is loaded when its tab is first shown: the page opens without it.

import { element, fill } from "../element";
import { Lazy } from "../lazy";
import type { State, Store } from "../store";
import type { Content, View } from "./view";

export class Later implements View {
  readonly id: string;
  readonly title: string;
  readonly badge?: (state: State) => number;
  readonly #code: Lazy<(place: HTMLElement, store: Store) => Content>;
  #content: Content | null = null;

  /** `load` gives what fills the panel. */
  constructor(
    id: string,
    title: string,
    load: () => Promise<(place: HTMLElement, store: Store) => Content>,
    badge?: (state: State) => number,
  ) {
    this.id = id;
    this.title = title;
    if (badge) this.badge = badge;
    this.#code = new Lazy(`The tab “${title}”`, load);
  }

  mount(place: HTMLElement, store: Store): void {
    void this.#load(place, store);
  }

  async #load(place: HTMLElement, store: Store): Promise<void> {
    fill(place, element("p", { class: "summary" }, `“${this.title}” is being loaded …`));
    place.setAttribute("aria-busy", "true");
    const make = await this.#code.get(() => void this.#load(place, store));
    place.removeAttribute("aria-busy");
    if (!make) {
      fill(place, element("p", { class: "summary" }, `“${this.title}” could not be loaded.`));
      return;
    }
    fill(place);
    this.#content = make(place, store);
    this.#content.update(store.state);
  }

  update(state: State): void {
    this.#content?.update(state);
  }
}
