// Loads Kubernetes' own definitions, and what else the editor can do without at first, after the first findings are shown:
// so that they delay nothing.

import { Compartment, type Extension } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";

import { asset } from "../asset";
import { whenIdle } from "../idle";
import type { Store } from "../store";
import type { Written } from "./schema/table";

const schemaHere = new Compartment();
const conveniencesHere = new Compartment();

/** Where the editor keeps the definitions. */
export const schemaPlace: Extension = schemaHere.of([]);

/** Where the editor keeps the rest. */
export const conveniencePlace: Extension = conveniencesHere.of([]);

/** Loads them when the page is idle. */
export function loadLate(view: EditorView, store: Store, ready: () => void): void {
  let begun = false;
  store.listen((state) => {
    if (begun || !state.result) return;
    begun = true;
    whenIdle(() => void load(view, store).then((loaded) => loaded && ready()));
  });
}

async function load(view: EditorView, store: Store): Promise<boolean> {
  const [fetched, code] = await Promise.all([fetchTable(), import("./late").catch(() => null)]);
  if (!code) return false;
  const { conveniences, schema } = code;
  const effects = [conveniencesHere.reconfigure(conveniences)];
  if (fetched) effects.push(schemaHere.reconfigure(schema(fetched.written)));
  view.dispatch({ effects });
  if (!fetched) return false;
  await store.learn(fetched.text);
  return true;
}

/** Without it the editor has less help, but the same findings. */
async function fetchTable(): Promise<{ text: string; written: Written } | null> {
  try {
    const response = await fetch(asset("schema.json"));
    if (!response.ok) return null;
    const text = await response.text();
    return { text, written: JSON.parse(text) as Written };
  } catch {
    return null;
  }
}
