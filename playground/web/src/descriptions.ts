// What is known of the policies beside their checks: documentation, sources, settings. The file is loaded when somebody asks.

import { asset } from "./asset";
import { Lazy } from "./lazy";
import type { Description, Descriptions } from "./transfer";

interface Loaded {
  /** For the policies, which compare with the defaults. */
  readonly text: string;
  readonly all: Descriptions;
}

const file = new Lazy("What is known of the policies", async (): Promise<Loaded> => {
  const response = await fetch(asset("policies.json"));
  if (!response.ok) throw new Error(response.statusText);
  const text = await response.text();
  return { text, all: JSON.parse(text) as Descriptions };
});

/** Everything about a policy, and the settings that all have; null if it can't be loaded, which is said. */
export async function describe(
  id: string,
  again: () => void,
): Promise<(Description & Pick<Descriptions, "commonSettings">) | null> {
  const loaded = await file.get(again);
  const description = loaded?.all.policies[id];
  return loaded && description ? { ...description, commonSettings: loaded.all.commonSettings } : null;
}

/** The file as it is; null if it can't be loaded, which is said. */
export async function descriptions(again: () => void): Promise<string | null> {
  const loaded = await file.get(again);
  return loaded?.text ?? null;
}
