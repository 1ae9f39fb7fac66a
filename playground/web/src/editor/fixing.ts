// Applies fixes to the text, one at a time.

import { announce, notify } from "../announce";
import { Outdated } from "../evaluate";
import type { Store } from "../store";
import type { TextChange } from "../transfer";

/** Applies the fix of a shown finding. */
export function applyFix(store: Store, finding: number): Promise<boolean> {
  const title = store.state.shown?.findings[finding]?.fix?.title ?? "";
  return make(store, () => store.policies.fix(finding), `Fixed: ${title}`);
}

/** Writes the annotation that exempts a finding. */
export function suppress(store: Store, finding: number, reason: string): Promise<boolean> {
  return make(store, () => store.policies.suppress(finding, reason), "Exempted");
}

/** Removes the annotation that exempts a finding, by its number among the suppressed. */
export function restore(store: Store, suppressed: number): Promise<boolean> {
  return make(store, () => store.policies.restore(suppressed), "Exemption removed");
}

async function make(store: Store, ask: () => Promise<TextChange | null>, done: string): Promise<boolean> {
  const { version, shown } = store.state;
  try {
    await store.policies.settled();
    // The result that the request was about is outdated.
    if (store.state.shown !== shown) throw new Outdated("the text has changed");
    const change = await ask();
    if (store.state.version !== version) throw new Outdated("the text has changed");
    if (!change) return false;
    if (change.refused !== null) {
      notify("fix", `This can't be done in the text: ${change.refused}.`);
      return false;
    }
    store.edit(change.edits, done);
    announce(done);
    return true;
  } catch (error) {
    if (!(error instanceof Outdated)) throw error;
    notify("fix", `Nothing was changed, since ${error.message}. Try again.`);
    return false;
  }
}
