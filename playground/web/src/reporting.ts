// Findings for others: copied or saved, and reports of false ones.

import { announce, notify } from "./announce";
import { copyText } from "./code";
import { download } from "./download";
import { element } from "./element";
import { Outdated } from "./evaluate";
import { Lazy } from "./lazy";
import type { Store } from "./store";
import type { Checked, Finding } from "./transfer";

const formats = new Lazy("The formats", () => import("./formats"));

const ISSUES = "https://github.com/plimsoll-dev/plimsoll/issues/new";

/** Longer addresses are rejected. */
const LONGEST = 7000;

/** What stands for a credential. */
const MASK = "***";

type Format = "markdown" | "sarif" | "json";

const FILES: Record<Format, [string, string]> = {
  markdown: ["findings.md", "text/markdown"],
  sarif: ["findings.sarif", "application/sarif+json"],
  json: ["findings.json", "application/json"],
};

/** The menu that copies and saves the findings. */
export function mountReports(store: Store): HTMLElement {
  const text = async (format: Format): Promise<string | null> => {
    // The policies write it, as they do for the command.
    if (format === "json") return store.state.shown && store.policies.settled().then(() => store.policies.report());
    const code = await formats.get(() => undefined);
    const { shown, notes, catalogue, text } = store.state;
    return code && shown && catalogue ? code[format]({ checked: shown, notes, catalogue, text }) : null;
  };
  const close = () => {
    menu.open = false;
    summary.focus();
  };
  const save = (format: Format) => async () => {
    close();
    const [name, type] = FILES[format];
    const content = await current(text(format));
    if (content === null) return;
    download(name, content, type);
    announce(`Downloaded ${name}`);
  };
  const copy = async () => {
    close();
    const content = await current(text("markdown"));
    if (content === null) return;
    if (await copyText(content)) announce("Copied the findings");
    else notify("copy", "The browser does not let the findings be copied. Save them instead.");
  };
  const button = (name: string, act: () => Promise<void>) => element("button", { type: "button", onclick: () => void act() }, name);
  const summary = element("summary", {}, "Save findings");
  const menu = element(
    "details",
    { class: "menu" },
    summary,
    element(
      "div",
      {},
      button("Copy as Markdown", copy),
      button("Save as Markdown", save("markdown")),
      button("Save as SARIF", save("sarif")),
      button("Save as JSON", save("json")),
    ),
  );
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) close();
  });
  menu.addEventListener("focusout", (event) => {
    if (!(event.relatedTarget instanceof Node && menu.contains(event.relatedTarget))) menu.open = false;
  });
  return menu;
}

/** An answer about the text; null if it has changed before, which is said. */
async function current<Answer>(asked: Promise<Answer>): Promise<Answer | null> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof Outdated)) throw error;
    notify("report", "The text has changed meanwhile. Try again.");
    return null;
  }
}

/** Opens the project's form for false positives, filled in with the object of a finding, without credentials. */
export async function reportFalsePositive(store: Store, { objects }: Checked, finding: Finding): Promise<void> {
  const text = await current(withoutCredentials(store));
  if (text === null) return;
  const { catalogue, choices } = store.state;
  const settings = choices.policies[finding.policy]?.settings;
  const fields: Record<string, string> = {
    template: "false-positive.yml",
    title: `${finding.policy}: `,
    policy: finding.policy,
    version: catalogue?.version ?? "",
    finding: `${finding.message}\nwhy: ${finding.why}\nhelp: ${finding.help}`,
    settings: settings ? JSON.stringify(settings, null, 2) : "",
  };
  const manifest = documentsOf(text, [finding.object, ...objects.flatMap(({ kind, namespace, name }, index) =>
    finding.related.some(({ title }) => title === `${kind} ${namespace ? `${namespace}/` : ""}${name}`) ? [index] : [],
  )], objects);
  const address = new URL(ISSUES);
  address.search = new URLSearchParams({ ...fields, manifest }).toString();
  if (address.href.length > LONGEST) {
    address.search = new URLSearchParams(fields).toString();
    const copied = await copyText(manifest);
    notify("report", copied ? "The manifest is too long for a link. It is copied: paste it into the form." : "The manifest is too long for a link: copy it into the form.");
  }
  open(address, "_blank", "noopener");
}

/** The text in the editor, with a mask for each credential. */
export async function withoutCredentials(store: Store): Promise<string> {
  await store.policies.settled();
  const { text, version } = store.state;
  const ranges = await store.policies.credentials();
  if (store.state.version !== version) throw new Outdated("the text has changed");
  return masked(text, ranges);
}

/** A text with a mask for each range. The line breaks in it stay, so that the places of everything else do. */
export function masked(text: string, ranges: Checked["objects"][number]["range"][]): string {
  let made = "";
  let at = 0;
  for (const { from, to } of ranges) {
    made += text.slice(at, from) + MASK;
    at = to;
  }
  return made + text.slice(at);
}

/** The documents with these objects. */
function documentsOf(text: string, wanted: readonly number[], objects: Checked["objects"]): string {
  const parts = text.split(/^---[^\n]*\n/m);
  const names = wanted.flatMap((index) => objects[index] ?? []);
  const holds = (part: string) =>
    names.some(({ kind, name }) => part.includes(kind) && part.split(/\s/).some((word) => word.replaceAll(/["',]/g, "") === name));
  return parts.length === 1 ? text : parts.filter(holds).join("---\n");
}
