// Questions of a view about the text as it is.

import { Outdated } from "./evaluate";
import type { Store } from "./store";

/** How long the typing has to pause, in milliseconds. The worker that answers also checks what is being typed. */
const PAUSE = 200;
/** The longest pause: what took long to answer is asked less often. */
const LONGEST_PAUSE = 2000;

/** One question at a time: the last one that was put is answered, unless the text or the choices change before. */
export class Question<Answer> {
  readonly #store: Store;
  #turn = 0;
  #took = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Asks, when the typing pauses or at once. An answer to an earlier question is dropped. */
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
