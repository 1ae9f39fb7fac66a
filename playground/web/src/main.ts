import { announce, notify } from "./announce";
import { mountDocumentation } from "./documentation";
import { Drafts, mountReset, readDraft } from "./draft";
import { countOf, mountEditor } from "./editor/editor";
import { noteCount } from "./editor/noting";
import { firstExample } from "./examples";
import { mountHeader } from "./header";
import { keepForOffline } from "./offline";
import { mountOpenFile } from "./open-file";
import { choicesOf } from "./saved";
import { followLinks, mountShare, readHash, tellProblem } from "./share";
import { Store } from "./store";
import { mountTabs } from "./tabs";
import { views } from "./views";

function place(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

// The content of a link, or the draft, or the first example.
const link = await readHash(location.hash);
const linked = link && "saved" in link ? link.saved : null;
const begin = linked ?? readDraft() ?? {};

const store = new Store(begin.text ?? "", choicesOf(begin), (crash) => {
  notify(
    "crash",
    `The checker crashed (${crash.reason}) and was restarted. Your text is unchanged and is checked again on your next edit.`,
  );
});
const drafts = new Drafts(store);
const tools = mountHeader(place("header"), store);
mountOpenFile(tools, store, drafts);
mountShare(tools, store, drafts);
mountReset(tools, drafts);
mountEditor(place("editor"), store);
mountTabs(place("tabs"), place("panel"), store, views);
mountDocumentation(place("side"), store);
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
drafts.begun(linked);
followLinks(drafts);
if (link && "problem" in link) tellProblem(link.problem);
keepForOffline();
