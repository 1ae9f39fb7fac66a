// A view's requests about the current text.

import { Outdated } from "./evaluate";
import type { Store } from "./store";

/** How long typing has to pause, in milliseconds. The worker that answers also checks the text while it is typed. */
const PAUSE = 200;
/** The longest pause: slow requests are sent less often. */
const LONGEST_PAUSE = 2000;

/** One request at a time: the last one is answered, unless the text or the choices change first. */
export class Question<Answer> {
  readonly #store: Store;
  #turn = 0;
  #took = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Sends a request, when typing pauses or at once. The answer to an earlier request is dropped. */
  put(ask: () => Promise<Answer>, answered: (answer: Answer) => void, pause = true): void {
    const { result } = this.#store.state;
    const turn = ++this.#turn;
    const isCurrent = () => turn === this.#turn && this.#store.state.result === result && !this.#store.state.outdated;
    const run = async () => {
      await this.#store.policies.settled();
      if (!isCurrent()) return;
      const { version } = this.#store.state;
      const asked = performance.now();
      try {
        const answer = await ask();
        this.#took = performance.now() - asked;
        if (isCurrent() && this.#store.state.version === version) answered(answer);
      } catch (error) {
        if (!(error instanceof Outdated)) throw error;
      }
    };
    const wait = pause ? Math.min(Math.max(PAUSE, this.#took), LONGEST_PAUSE) : 0;
    setTimeout(() => turn === this.#turn && void run(), wait);
  }
}
