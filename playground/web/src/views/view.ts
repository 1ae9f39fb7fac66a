import type { State, Store } from "../store";

/** What fills a panel. */
export interface Content {
  /** Shows a state. Called once in the beginning, and while it is visible after every change. */
  update(state: State): void;
}

/** Something that a user sees: one file, one view. */
export interface View extends Content {
  /** Its name in the address of its tab and in tests. */
  readonly id: string;
  /** The word on its tab. */
  readonly title: string;
  /** A number beside the word; none is shown for 0. */
  badge?(state: State): number;
  /** Renders itself into an empty element, once, when it is first shown. */
  mount(element: HTMLElement, store: Store): void;
}
