// Examples: whole manifests, and for each policy one with a finding and one without.

import { announce, notify } from "./announce";
import { asset } from "./asset";
import { makeDialog } from "./dialog";
import type { Drafts } from "./draft";
import { element } from "./element";
import { isEqual } from "./equal";
import type { Choices, Store } from "./store";

/** The content of `examples.json`; `cargo xtask playground` writes it. */
interface Examples {
  /** Manifests by the names of their files. */
  files: Record<string, string>;
  /** The first cases of the policies' fixtures, by id. */
  policies: Record<string, { pass?: Case; fail?: Case }>;
}

/** A manifest, and the choices that it needs. */
export interface Case {
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
  loaded ??= fetch(asset("examples.json"))
    .then((response) => {
      if (!response.ok) throw new Error(response.statusText);
      return response.json() as Promise<Examples>;
    });
  return loaded;
}

/** The text that the page shows first. It is a file of its own: nothing waits for the other examples. */
export async function firstExample(): Promise<string> {
  try {
    const response = await fetch(asset("example.yaml"));
    if (response.ok) first = await response.text();
  } catch {
    // Without it the page starts empty.
  }
  return first ?? "";
}

/** The same, if it is loaded already. */
export function firstExampleIfLoaded(): string | undefined {
  return first;
}

/** The example of a policy; undefined without one. */
export async function caseOf(policy: string, kind: "pass" | "fail"): Promise<Case | undefined> {
  try {
    return (await load()).policies[policy]?.[kind];
  } catch {
    return undefined;
  }
}

export async function hasExample(policy: string): Promise<boolean> {
  try {
    return (await load()).policies[policy]?.fail !== undefined;
  } catch {
    return false;
  }
}

/** Puts an example into the editor, and makes the choices that it needs. What was there is offered. */
export async function openExample(store: Store, drafts: Drafts, example: Example): Promise<void> {
  let opened: Case | undefined;
  try {
    const { files, policies } = await load();
    const text = "file" in example ? files[example.file] : undefined;
    opened = "policy" in example ? policies[example.policy]?.[example.kind] : text === undefined ? undefined : { text };
  } catch {
    loaded = undefined;
  }
  if (!opened) {
    notify("example", "The example could not be loaded.", [
      { name: "Retry", run: () => void openExample(store, drafts, example) },
    ]);
    return;
  }
  const choices = "policy" in example ? choicesFor(store, example.policy, opened) : store.state.choices;
  const name = "file" in example ? example.file : example.policy;
  await drafts.example(opened.text, choices, `The example ${name} is shown.`);
}

function choicesFor(store: Store, id: string, { settings, complete }: Case): Choices {
  const { choices, result } = store.state;
  const change: Partial<Choices> = {};
  const choice = { ...choices.policies[id] };
  if (!result?.policies.includes(id)) choice.enabled = true;
  if (settings) choice.settings = settings;
  if (!isEqual(choice, choices.policies[id] ?? {})) change.policies = { ...choices.policies, [id]: choice };
  if (complete && !choices.complete) change.complete = true;
  return Object.keys(change).length > 0 ? { ...choices, ...change } : choices;
}

/** The button that lists the examples, which can be searched. */
export function mountExamples(place: HTMLElement, store: Store, drafts: Drafts): void {
  const dialog = makeDialog("examples", "examples-title");
  const show = async () => {
    let examples: Examples;
    try {
      examples = await load();
    } catch {
      loaded = undefined;
      notify("example", "The examples could not be loaded.", [{ name: "Retry", run: () => void show() }]);
      return;
    }
    const titles = store.byId;
    const open = (example: Example) => {
      dialog.close();
      void openExample(store, drafts, example);
    };
    const button = (name: string, example: Example | undefined, of: string) =>
      example && element("button", { type: "button", onclick: () => open(example) }, name, element("span", { class: "unseen" }, ` ${of}`));
    const files = Object.keys(examples.files).map((file) => ({
      words: file,
      item: element("li", {}, element("span", { class: "title" }, file), button("Show", { file }, file)),
    }));
    const policies = Object.keys(examples.policies).map((policy) => {
      const title = titles.get(policy)?.title ?? "";
      const { fail, pass } = examples.policies[policy] ?? {};
      return {
        words: `${policy} ${title}`.toLowerCase(),
        item: element(
          "li",
          { "data-policy": policy },
          element("span", { class: "title" }, element("code", {}, policy), " ", title),
          button("Finding", fail && { policy, kind: "fail" }, `of ${policy}`),
          button("Fixed", pass && { policy, kind: "pass" }, `by ${policy}`),
        ),
      };
    });
    const all = [...files, ...policies];
    const none = element("p", { hidden: true }, "No example has these words.");
    const search = element("input", { type: "text", placeholder: "name or practice", "aria-label": "Find an example", spellcheck: "false" });
    search.addEventListener("input", () => {
      const words = search.value.toLowerCase().split(/\s+/);
      let matching = 0;
      for (const { words: own, item } of all) {
        item.hidden = !words.every((word) => own.includes(word));
        if (!item.hidden) matching++;
      }
      none.hidden = matching > 0;
      announce(matching === 1 ? "1 example" : `${matching} examples`);
    });
    dialog.show(
      element("h2", { id: "examples-title" }, "Examples"),
      search,
      element(
        "div",
        { class: "choices" },
        none,
        element("h3", {}, "Services"),
        element("ul", {}, ...files.map(({ item }) => item)),
        element("h3", {}, "Policies: what they find, and the same as it should be"),
        element("ul", {}, ...policies.map(({ item }) => item)),
      ),
    );
    search.focus();
  };
  place.append(element("button", { type: "button", onclick: () => void show() }, "Examples"));
}
