// Loads Kubernetes' own definitions after the first findings are shown, so they delay nothing.

import { Compartment, type Extension } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";

import { asset } from "../../asset";
import type { Store } from "../../store";
import type { Written } from "./table";

const place = new Compartment();

/** Where the editor keeps it. */
export const schemaPlace: Extension = place.of([]);

/** Loads it when the page is idle. */
export function loadSchema(view: EditorView, store: Store, ready: () => void): void {
  let begun = false;
  store.listen((state) => {
    if (begun || !state.result) return;
    begun = true;
    whenIdle(() => void load(view, store).then((loaded) => loaded && ready()));
  });
}

async function load(view: EditorView, store: Store): Promise<boolean> {
  const [fetched, code] = await Promise.all([fetchTable(), import("./schema").catch(() => null)]);
  if (!fetched || !code) return false;
  const { schema } = code;
  view.dispatch({ effects: place.reconfigure(schema(fetched.written)) });
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

function whenIdle(work: () => void): void {
  if ("requestIdleCallback" in window) requestIdleCallback(work, { timeout: 3000 });
  else setTimeout(work, 300);
}
