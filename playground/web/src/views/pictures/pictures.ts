// The tab with the pictures. The drawing code is loaded when the tab is first shown.

import { element, fill } from "../../element";
import type { State, Store } from "../../store";
import type { View } from "../view";

interface Frame {
  update(state: State): void;
}

class Pictures implements View {
  readonly id = "pictures";
  readonly title = "Pictures";
  #frame: Frame | null = null;

  mount(place: HTMLElement, store: Store): void {
    fill(place, element("p", {}, "The pictures are being loaded …"));
    import("./frame").then(
      ({ PictureFrame }) => {
        this.#frame = new PictureFrame(place, store);
        this.#frame.update(store.state);
      },
      () => fill(place, element("p", {}, "The pictures could not be loaded. Reload the page to try again.")),
    );
  }

  update(state: State): void {
    this.#frame?.update(state);
  }
}

/** The tab with the pictures. */
export const pictures: View = new Pictures();
