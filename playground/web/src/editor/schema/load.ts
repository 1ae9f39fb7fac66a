// Fetching what Kubernetes' own definitions know, once the first findings are shown: nobody waits for it.

import { Compartment, type Extension } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";

import type { Store } from "../../store";

const place = new Compartment();

/** Where the editor will have it. */
export const schemaPlace: Extension = place.of([]);

/** Loads it when the page has nothing else to do. */
export function loadSchema(view: EditorView, store: Store, ready: () => void): void {
  let begun = false;
  store.listen((state) => {
    if (begun || !state.result) return;
    begun = true;
    whenIdle(() => void load(view, store).then((loaded) => loaded && ready()));
  });
}

async function load(view: EditorView, store: Store): Promise<boolean> {
  const text = await fetchTable();
  if (text === null) return false;
  const { schema } = await import("./schema");
  view.dispatch({ effects: place.reconfigure(schema(text)) });
  await store.learn(text);
  return true;
}

/** Without it there is less help in the editor and the same findings. */
async function fetchTable(): Promise<string | null> {
  try {
    const response = await fetch(new URL("schema.json", document.baseURI));
    return response.ok ? await response.text() : null;
  } catch {
    return null;
  }
}

function whenIdle(work: () => void): void {
  if ("requestIdleCallback" in window) requestIdleCallback(work, { timeout: 3000 });
  else setTimeout(work, 300);
}
