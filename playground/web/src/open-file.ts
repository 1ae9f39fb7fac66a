// Opens files: from a chooser, or dropped anywhere on the page.

import { notify } from "./announce";
import type { Drafts } from "./draft";
import { element } from "./element";
import { readFile } from "./saved";
import "./open-file.css";

/** The maximum of all files together, in bytes: the editor is still fast with that. */
const LARGEST = 10_000_000;

/** The button that opens files; the whole page accepts dropped ones. */
export function mountOpenFile(place: HTMLElement, drafts: Drafts): void {
  const chooser = element("input", {
    type: "file",
    multiple: true,
    hidden: true,
    accept: ".yaml,.yml,.json",
    "aria-label": "Files to open",
  });
  chooser.addEventListener("change", () => {
    const files = [...(chooser.files ?? [])];
    // Allows choosing the same file again.
    chooser.value = "";
    void open(files, drafts);
  });
  place.append(chooser, element("button", { type: "button", onclick: () => chooser.click() }, "Open"));

  const hint = element("div", { id: "drop", hidden: true }, element("p", {}, "Drop manifests to open them"));
  document.body.append(hint);
  const show = (visible: boolean) => {
    hint.hidden = !visible;
  };
  // Before the editor's own handler, which would insert the files at the cursor.
  const ofFiles = (act: (event: DragEvent) => void) => (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.stopPropagation();
    act(event);
  };
  const over = ofFiles((event) => {
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
    show(true);
  });
  addEventListener("dragenter", over, { capture: true });
  addEventListener("dragover", over, { capture: true });
  addEventListener("dragleave", ofFiles((event) => event.relatedTarget === null && show(false)), { capture: true });
  addEventListener(
    "drop",
    ofFiles((event) => {
      show(false);
      void open([...(event.dataTransfer?.files ?? [])], drafts);
    }),
    { capture: true },
  );
}

/** Puts files into the editor, one after the other. Unreadable files are reported, the others opened. */
async function open(files: readonly File[], drafts: Drafts): Promise<void> {
  const texts: string[] = [];
  const names: string[] = [];
  const problems: string[] = [];
  let size = 0;
  for (const file of files) {
    size += file.size;
    const read = size > LARGEST ? `more than ${LARGEST / 1_000_000} MB are too much for an editor` : await textOf(file);
    if (typeof read === "string") {
      problems.push(`${file.name}: ${read}`);
      continue;
    }
    const reading = readFile(read.text);
    if (!reading) {
      texts.push(read.text);
      names.push(file.name);
    } else if ("problem" in reading) {
      problems.push(`${file.name}: ${reading.problem}`);
    } else if (files.length > 1) {
      problems.push(`${file.name}: it is a whole saved page; open it alone`);
    } else {
      await drafts.replace(reading.saved, `${file.name} is shown.`);
    }
  }
  if (problems.length > 0) notify("opening", `Not opened: ${problems.join("; ")}.`);
  if (texts.length > 0) {
    await drafts.replaceText(joined(texts), `Opened ${names.join(", ")}.`);
  }
}

/** The content of a file, or what is wrong with it. */
async function textOf(file: File): Promise<{ text: string } | string> {
  let bytes: ArrayBuffer;
  try {
    bytes = await file.arrayBuffer();
  } catch {
    return "it can't be read; a folder has to be opened file by file";
  }
  const [first, second] = new Uint8Array(bytes);
  const marked = first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : null;
  if (!marked && new Uint8Array(bytes).includes(0)) return "it is not UTF-8 text";
  try {
    // Strip a byte order mark.
    return { text: new TextDecoder(marked ?? "utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return `it isn't valid ${marked ? "UTF-16" : "UTF-8"}`;
  }
}

/** Several files as the documents of one. */
function joined(texts: readonly string[]): string {
  return texts.reduce((before, text) => {
    const end = before === "" || before.endsWith("\n") ? "" : "\n";
    const start = /^---\s/.test(text) ? "" : "---\n";
    return `${before}${end}${start}${text}`;
  });
}
