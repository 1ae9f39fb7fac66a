import { announce, notify } from "./announce";
import { mountDocumentation } from "./documentation";
import { Drafts, mountReset, readDraft } from "./draft";
import { countOf, mountEditor } from "./editor/editor";
import { noteCount } from "./editor/noting";
import { beginningOf, EMBEDDED_VIEWS, mountEmbedded, readEmbedding } from "./embed";
import { firstExample } from "./examples";
import { mountHeader, mountIntroduction } from "./header";
import { mountHistory } from "./history";
import { keepForOffline } from "./offline";
import { choicesOf } from "./saved";
import { followLinks, mountShare, readHash, tellProblem } from "./share";
import { mountSplit } from "./split";
import { Store } from "./store";
import { mountTabs } from "./tabs";
import { views } from "./views";

function place(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

const embedding = readEmbedding(location.search);
// The content of a link, or the draft, or the first example.
const link = await readHash(location.hash);
const linked = link && "saved" in link ? link.saved : null;
const begin = linked ?? (embedding ? await beginningOf(embedding) : readDraft()) ?? {};

document.getElementById("unstarted")?.remove();
// Not a link to follow: the address stays as it is.
document.querySelector(".skip")?.addEventListener("click", (event) => {
  event.preventDefault();
  document.querySelector<HTMLElement>('button[data-pane="results"]')?.click();
  const shown = document.querySelector<HTMLElement>("#panel > :not([hidden])");
  (shown?.querySelector<HTMLElement>(".finding .jump") ?? shown)?.focus();
});

const ignored = (what: string[]) => notify("ignored", `Ignored, because this version doesn't know it: ${what.join("; ")}.`);
const store = new Store(begin.text ?? "", choicesOf(begin), ignored, (crash, final) => {
  if (final) {
    notify("crash", `The checker can't be started: ${crash.reason}. Your text is unchanged.`, [
      { name: "Retry", run: () => store.retry() },
    ]);
    return;
  }
  notify(
    "crash",
    `The checker crashed (${crash.reason}) and was restarted. Your text is unchanged and is checked again on your next edit.`,
  );
});
const drafts = new Drafts(store, embedding === null);
if (embedding) {
  document.body.classList.add("embedded");
  document.body.classList.toggle("read-only", embedding.isReadOnly);
  mountEmbedded(place("introduction"), store, embedding);
} else {
  const tools = mountHeader(place("header"), store);
  mountIntroduction(place("introduction"), store, drafts);
  mountShare(tools, store, drafts);
  mountHistory(tools, drafts);
  mountReset(tools, drafts);
}
mountEditor(place("editor"), store, embedding?.isReadOnly ?? false);
mountTabs(place("tabs"), place("panel"), store, embedding ? views.filter(({ id }) => EMBEDDED_VIEWS.includes(id)) : views);
mountDocumentation(place("side"), store, drafts);
mountSplit(place("main"), place("side"));
let pending: ReturnType<typeof setTimeout> | undefined;
store.listen((state, before) => {
  if (state.result === before.result && state.errors === before.errors) return;
  // Announce the result when typing pauses, not at every key.
  clearTimeout(pending);
  pending = setTimeout(() => {
    const { result, errors, notes } = store.state;
    if (errors.length > 0) announce(`The text cannot be read: ${errors[0]?.message ?? ""}`);
    else if (result) announce(`${countOf(result)}${notes.length > 0 ? `, ${noteCount(notes)}` : ""}`);
  }, 700);
});

// For tests and measurements: whether the shown result is about the current text and choices.
const panel = place("panel");
store.listen((state) => {
  panel.dataset["busy"] = String(state.busy);
});

store.start();
if (begin.text === undefined) {
  void firstExample().then((text) => {
    if (store.state.text === "" && text) store.replace(text);
  });
}
if (!embedding) {
  drafts.begun(linked);
  followLinks(drafts);
  keepForOffline(store);
}
if (link && "problem" in link) tellProblem(link.problem);
