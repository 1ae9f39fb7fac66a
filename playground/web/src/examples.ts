// Examples: whole manifests, and for each policy one that it finds something in and one that passes.

import { notify } from "./announce";
import { element } from "./element";
import type { Store } from "./store";

/** What `examples.json` holds; `cargo xtask playground` writes it. */
interface Examples {
  /** The file that somebody sees first. */
  first: string;
  /** Manifests by the names of their files. */
  files: Record<string, string>;
  /** The first cases of the policies' fixtures, by id. */
  policies: Record<string, { pass?: string; fail?: string }>;
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

/** The text that somebody sees first. */
export async function firstExample(): Promise<string> {
  try {
    await load();
  } catch {
    // Without examples there is nothing to begin with.
  }
  return first ?? "";
}

/** The same, for those who can't wait. */
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

/** Puts an example into the editor. A policy that the profile leaves out is switched on for it. */
export async function openExample(store: Store, example: Example): Promise<void> {
  let text: string | undefined;
  try {
    const examples = await load();
    text = "file" in example ? examples.files[example.file] : examples.policies[example.policy]?.[example.kind];
  } catch {
    loaded = undefined;
  }
  if (text === undefined) {
    notify("example", "The example could not be loaded.");
    return;
  }
  if ("policy" in example && !store.state.result?.policies.includes(example.policy)) {
    const { policies } = store.state.choices;
    store.choose({ policies: { ...policies, [example.policy]: { ...policies[example.policy], enabled: true } } });
  }
  store.replace(text);
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
