// Examples: whole manifests, and for each policy one with a finding and one without.

import { notify } from "./announce";
import { element } from "./element";
import { isEqual } from "./equal";
import type { Choices, Store } from "./store";

/** The content of `examples.json`; `cargo xtask playground` writes it. */
interface Examples {
  /** The file that the page shows first. */
  first: string;
  /** Manifests by the names of their files. */
  files: Record<string, string>;
  /** The first cases of the policies' fixtures, by id. */
  policies: Record<string, { pass?: Case; fail?: Case }>;
}

/** A manifest, and the choices that it needs. */
interface Case {
  text: string;
  /** Settings of the policy. */
  settings?: Record<string, unknown>;
  /** No other objects exist. */
  complete?: boolean;
}

export type Example = { file: string } | { policy: string; kind: "pass" | "fail" };

let loaded: Promise<Examples> | undefined;
let first: string | undefined;

function load(): Promise<Examples> {
  loaded ??= fetch(new URL("examples.json", document.baseURI))
    .then((response) => {
      if (!response.ok) throw new Error(response.statusText);
      return response.json() as Promise<Examples>;
    })
    .then((examples) => {
      first = examples.files[examples.first];
      return examples;
    });
  return loaded;
}

/** The text that the page shows first. */
export async function firstExample(): Promise<string> {
  try {
    await load();
  } catch {
    // Without examples the page starts empty.
  }
  return first ?? "";
}

/** The same, if it is loaded already. */
export function firstExampleIfLoaded(): string | undefined {
  return first;
}

export async function hasExample(policy: string): Promise<boolean> {
  try {
    return (await load()).policies[policy]?.fail !== undefined;
  } catch {
    return false;
  }
}

/** Puts an example into the editor, and makes the choices that it needs. */
export async function openExample(store: Store, example: Example): Promise<void> {
  let opened: Case | undefined;
  try {
    const { files, policies } = await load();
    const text = "file" in example ? files[example.file] : undefined;
    opened = "policy" in example ? policies[example.policy]?.[example.kind] : text === undefined ? undefined : { text };
  } catch {
    loaded = undefined;
  }
  if (!opened) {
    notify("example", "The example could not be loaded.");
    return;
  }
  if ("policy" in example) chooseFor(store, example.policy, opened);
  store.replace(opened.text);
}

function chooseFor(store: Store, id: string, { settings, complete }: Case): void {
  const { choices, result } = store.state;
  const change: Partial<Choices> = {};
  const choice = { ...choices.policies[id] };
  if (!result?.policies.includes(id)) choice.enabled = true;
  if (settings) choice.settings = settings;
  if (!isEqual(choice, choices.policies[id] ?? {})) change.policies = { ...choices.policies, [id]: choice };
  if (complete && !choices.complete) change.complete = true;
  if (Object.keys(change).length > 0) store.choose(change);
}

/** The menu of examples. */
export function mountExamples(place: HTMLElement, store: Store): void {
  const select = element("select", { "aria-label": "Examples", disabled: true });
  place.append(select);
  void load().then(
    (examples) => {
      const groups: [string, [string, Example][]][] = [
        ["Services", Object.keys(examples.files).map((file) => [file, { file }])],
        ["What policies find", cases(examples, "fail")],
        ["What passes", cases(examples, "pass")],
      ];
      const targets: Example[] = [];
      select.append(element("option", { value: "" }, "Examples"));
      for (const [label, entries] of groups) {
        const group = element("optgroup", { label });
        for (const [name, example] of entries) {
          group.append(element("option", { value: targets.length }, name));
          targets.push(example);
        }
        select.append(group);
      }
      select.disabled = false;
      select.addEventListener("change", () => {
        const example = select.value === "" ? undefined : targets[Number(select.value)];
        select.value = "";
        if (example) void openExample(store, example);
      });
    },
    () => undefined,
  );
}

function cases(examples: Examples, kind: "pass" | "fail"): [string, Example][] {
  return Object.keys(examples.policies)
    .filter((policy) => examples.policies[policy]?.[kind] !== undefined)
    .map((policy) => [policy, { policy, kind }]);
}
