// What a fix would change, shown while its button is pointed at or has the focus.

import { element } from "./element";
import { Outdated } from "./evaluate";
import type { Store } from "./store";
import type { TextEdit } from "./transfer";

/** How long a pointer has to rest on the button, in milliseconds. */
const PAUSE = 150;

/** How many lines are shown. */
const MOST = 14;

let shown: { button: HTMLElement; preview: HTMLElement } | null = null;
let turn = 0;

/** Lets a button show the changes of a finding's fix, under its title. */
export function previewFix(store: Store, button: HTMLElement, finding: () => number, title: string): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void show(store, button, finding(), title), PAUSE);
  };
  const gone = () => {
    clearTimeout(timer);
    turn++;
    if (shown?.button === button) hide();
  };
  button.addEventListener("pointerenter", later);
  button.addEventListener("focus", later);
  button.addEventListener("pointerleave", gone);
  button.addEventListener("blur", gone);
  button.addEventListener("click", gone);
  button.addEventListener("keydown", (event) => event.key === "Escape" && gone());
}

function hide(): void {
  shown?.preview.remove();
  shown?.button.removeAttribute("aria-describedby");
  shown = null;
}

async function show(store: Store, button: HTMLElement, finding: number, title: string): Promise<void> {
  const own = ++turn;
  const { text, version } = store.state;
  let edits: readonly TextEdit[];
  try {
    const change = await store.policies.fix(finding);
    edits = change?.edits ?? [];
  } catch (error) {
    if (error instanceof Outdated) return;
    throw error;
  }
  if (own !== turn || store.state.version !== version || !button.isConnected) return;
  hide();
  const lines = changedLines(text, edits);
  const preview = element(
    "div",
    { class: "preview", role: "tooltip", id: "fix-preview" },
    element("p", {}, `${title}:`),
    element(
      "pre",
      {},
      ...lines.slice(0, MOST).map(({ sign, line }) =>
        element("span", { class: sign === "+" ? "added" : "removed" }, `${sign} ${line}\n`),
      ),
      lines.length > MOST && `… ${lines.length - MOST} more lines`,
    ),
  );
  button.setAttribute("aria-describedby", preview.id);
  button.after(preview);
  shown = { button, preview };
}

interface Changed {
  readonly sign: "+" | "-";
  readonly line: string;
}

/** The lines that edits remove and add. */
export function changedLines(text: string, edits: readonly TextEdit[]): Changed[] {
  const changed: Changed[] = [];
  const sorted = [...edits].sort((one, other) => one.from - other.from);
  for (let first = 0; first < sorted.length; ) {
    const start = text.lastIndexOf("\n", (sorted[first]?.from ?? 0) - 1) + 1;
    let end = start;
    let after = "";
    let at = start;
    // Edits of the same lines are one change.
    do {
      const edit = sorted[first];
      if (!edit) break;
      after += text.slice(at, edit.from) + edit.insert;
      at = edit.to;
      const next = text.indexOf("\n", edit.to);
      end = next < 0 ? text.length : next;
      first++;
    } while ((sorted[first]?.from ?? Infinity) <= end);
    after += text.slice(at, end);
    const [before, made] = [text.slice(start, end).split("\n"), after.split("\n")];
    while (before.length > 0 && made.length > 0 && before[0] === made[0]) {
      before.shift();
      made.shift();
    }
    while (before.length > 0 && made.length > 0 && before.at(-1) === made.at(-1)) {
      before.pop();
      made.pop();
    }
    changed.push(
      ...before.map((line): Changed => ({ sign: "-", line })),
      ...made.map((line): Changed => ({ sign: "+", line })),
    );
  }
  return changed;
}
