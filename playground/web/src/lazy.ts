// Files that are loaded on demand. After a deployment those of the old build are gone.

import { notify } from "./announce";

/** Loads something once; a failure is reported, with ways to go on. */
export class Lazy<Value> {
  readonly #what: string;
  readonly #load: () => Promise<Value>;
  #loaded: Promise<Value> | undefined;

  /** `what` names it at the beginning of a sentence. */
  constructor(what: string, load: () => Promise<Value>) {
    this.#what = what;
    this.#load = load;
  }

  /** The value; null if it can't be loaded. `again` is called when the user wants another attempt. */
  async get(again: () => void): Promise<Value | null> {
    this.#loaded ??= this.#load();
    try {
      return await this.#loaded;
    } catch {
      this.#loaded = undefined;
      notify("lazy", `${this.#what} could not be loaded. The page may be older than its server: your text is kept when you reload.`, [
        { name: "Retry", run: again },
        { name: "Reload", run: () => location.reload() },
      ]);
      return null;
    }
  }
}
