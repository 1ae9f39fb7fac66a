// The last texts that were replaced: by an example, a file, a link or a reset.

import { makeDialog } from "./dialog";
import type { Drafts } from "./draft";
import { element } from "./element";
import { fileOf, readFile, type Saved } from "./saved";
import { keep, recall } from "./storage";

const KEY = "plimsoll.history";

/** How many texts are kept. */
const MOST = 10;

/** Longer texts are not kept: browsers give a page about five million units for everything. */
const LARGEST = 400_000;

interface Entry {
  /** When it was replaced, in milliseconds. */
  readonly at: number;
  readonly saved: Saved;
}

function read(): Entry[] {
  let kept: unknown;
  try {
    kept = JSON.parse(recall(KEY) ?? "[]");
  } catch {
    return [];
  }
  if (!Array.isArray(kept)) return [];
  return kept.flatMap((entry: unknown): Entry[] => {
    const { at, file } = (entry ?? {}) as { at?: unknown; file?: unknown };
    const reading = typeof at === "number" && typeof file === "string" ? readFile(file) : null;
    return reading && "saved" in reading ? [{ at: at as number, saved: reading.saved }] : [];
  });
}

/** Keeps a text that is about to be replaced. */
export function remember(saved: Saved): void {
  if ((saved.text?.length ?? 0) > LARGEST) return;
  const others = read().filter((entry) => entry.saved.text !== saved.text);
  const entries = [{ at: Date.now(), saved }, ...others].slice(0, MOST);
  // The oldest go first if there is no room.
  while (entries.length > 0 && !keep(KEY, JSON.stringify(entries.map(({ at, saved }) => ({ at, file: fileOf(saved) }))))) entries.pop();
}

/** The button that lists the texts. */
export function mountHistory(place: HTMLElement, drafts: Drafts): void {
  const dialog = makeDialog("history", "history-title");
  const show = () => {
    const entries = read();
    const item = ({ at, saved }: Entry) => {
      const title = titleOf(saved.text ?? "");
      const back = () => {
        dialog.close();
        void drafts.replace(saved, `${title} is shown again.`);
      };
      return element(
        "li",
        {},
        element("span", { class: "title" }, title, element("br"), `${(saved.text ?? "").split("\n").length} lines, replaced ${new Date(at).toLocaleString()}`),
        element("button", { type: "button", onclick: back }, "Show", element("span", { class: "unseen" }, ` ${title}`)),
      );
    };
    const clear = () => {
      keep(KEY, null);
      show();
    };
    dialog.show(
      element("h2", { id: "history-title" }, "History"),
      element(
        "p",
        {},
        `The last ${MOST} texts that were replaced in this browser, up to ${LARGEST / 1000} kB each. They leave it no more than everything else does.`,
      ),
      entries.length === 0
        ? element("p", {}, "Nothing was replaced yet.")
        : element("div", { class: "choices" }, element("ul", {}, ...entries.map(item))),
      entries.length > 0 && element("p", {}, element("button", { type: "button", onclick: clear }, "Forget all")),
    );
  };
  place.append(element("button", { type: "button", onclick: show }, "History"));
}

/** The first object of a text, and how many follow. */
function titleOf(text: string): string {
  const kinds = [...text.matchAll(/^kind:[ \t]*(\S+)/gm)];
  const name = /^[ \t]+name:[ \t]*(\S+)/m.exec(text)?.[1];
  const first = kinds[0]?.[1];
  if (first === undefined) return text.trim().split("\n")[0]?.slice(0, 60) ?? "";
  const more = kinds.length - 1;
  return `${first}${name === undefined ? "" : ` ${name}`}${more > 0 ? ` and ${more} more` : ""}`;
}
