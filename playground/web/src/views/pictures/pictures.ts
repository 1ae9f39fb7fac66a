// The tab with the diagrams. The drawing code is loaded when the tab is first shown.

import { element, fill } from "../../element";
import { Lazy } from "../../lazy";
import type { State, Store } from "../../store";
import type { View } from "../view";

interface Frame {
  update(state: State): void;
}

const code = new Lazy("The diagrams", () => import("./frame"));

class Pictures implements View {
  readonly id = "pictures";
  readonly title = "Diagrams";
  #frame: Frame | null = null;

  mount(place: HTMLElement, store: Store): void {
    void this.#load(place, store);
  }

  async #load(place: HTMLElement, store: Store): Promise<void> {
    fill(place, element("p", {}, "The diagrams are being loaded …"));
    const loaded = await code.get(() => void this.#load(place, store));
    if (!loaded) {
      fill(place, element("p", {}, "The diagrams could not be loaded."));
      return;
    }
    this.#frame = new loaded.PictureFrame(place, store);
    this.#frame.update(store.state);
  }

  update(state: State): void {
    this.#frame?.update(state);
  }
}

/** The tab with the diagrams. */
export const pictures: View = new Pictures();
