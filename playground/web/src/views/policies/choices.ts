// The differences from the defaults, policy by policy.

import { isEqual } from "../../equal";
import type { Store } from "../../store";
import type { Choice } from "../../transfer";

/** Turns a policy on or off; null leaves it to the profile. */
export function switchPolicy(store: Store, id: string, enabled: boolean | null): void {
  const { settings } = choiceOf(store, id);
  choosePolicy(store, id, enabled ?? undefined, settings);
}

/** Sets a setting, unless it equals the default. */
export function writeSetting(store: Store, id: string, name: string, value: unknown, byDefault: unknown): void {
  const { enabled, settings } = choiceOf(store, id);
  const others = Object.entries(settings ?? {}).filter(([other]) => other !== name);
  const isDefault = value === undefined || isEqual(value, byDefault);
  choosePolicy(store, id, enabled, Object.fromEntries(isDefault ? others : [...others, [name, value]]));
}

/** Resets all settings of a policy. */
export function forgetSettings(store: Store, id: string): void {
  choosePolicy(store, id, choiceOf(store, id).enabled, undefined);
}

function choiceOf(store: Store, id: string): Choice {
  return store.state.choices.policies[id] ?? {};
}

function choosePolicy(store: Store, id: string, enabled: boolean | undefined, settings: Choice["settings"]): void {
  const choice: Choice = {};
  if (enabled !== undefined) choice.enabled = enabled;
  if (settings && Object.keys(settings).length > 0) choice.settings = settings;
  const others = Object.entries(store.state.choices.policies).filter(([other]) => other !== id);
  store.choose({ policies: Object.fromEntries(Object.keys(choice).length > 0 ? [...others, [id, choice]] : others) });
}
