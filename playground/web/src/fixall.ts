// All fixes at once.

import { announce, notify } from "./announce";
import { Outdated } from "./evaluate";
import { Lazy } from "./lazy";
import type { Store } from "./store";

/** The code that compares two texts. */
export const comparing = new Lazy("The comparison", () => import("./diff"));

/** Turns `before`, the text at `version`, into `after`, and returns how many fixes that was. */
export async function applyText(store: Store, version: number, before: string, after: string, made: number): Promise<boolean> {
  const diff = await comparing.get(() => void applyText(store, version, before, after, made));
  if (!diff) return false;
  if (store.state.version !== version) {
    notify("fix", "Nothing was changed, since the text has changed meanwhile. Try again.");
    return false;
  }
  store.edit(diff.editsBetween(before, after), fixesMade(made));
  announce(fixesMade(made));
  return true;
}

/** Applies all safe fixes. */
export async function applySafe(store: Store): Promise<boolean> {
  try {
    await store.policies.settled();
    const { text, version } = store.state;
    const fixed = await store.policies.fixAll(false);
    return fixed !== null && fixed.made > 0 && (await applyText(store, version, text, fixed.text, fixed.made));
  } catch (error) {
    if (!(error instanceof Outdated)) throw error;
    notify("fix", `Nothing was changed, since ${error.message}. Try again.`);
    return false;
  }
}

/** A number of fixes, in words. */
export function countOf(fixes: number): string {
  return fixes === 1 ? "1 fix" : `${fixes} fixes`;
}

function fixesMade(fixes: number): string {
  return `${countOf(fixes)} applied`;
}
