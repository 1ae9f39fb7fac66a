// Ids that policies had. Links, drafts, files and pages that embed this one may still name them.

import type { Choice } from "./transfer";

type Policies = Readonly<Record<string, Choice>>;

/** The choices by the ids that policies have; the same object if they are. Of two for one policy, that by its current id counts. */
export function byCurrentIds(policies: Policies, renamed: Readonly<Record<string, string>>): Policies {
  const current = new Map<string, Choice>();
  for (const [id, choice] of Object.entries(policies)) {
    const to = Object.hasOwn(renamed, id) ? renamed[id] : undefined;
    if (to !== undefined) current.set(to, choice);
  }
  if (current.size === 0) return policies;
  for (const [id, choice] of Object.entries(policies)) {
    if (!Object.hasOwn(renamed, id)) current.set(id, choice);
  }
  return Object.fromEntries(current);
}
