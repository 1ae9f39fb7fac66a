// The page inside another one, such as a policy's documentation: no header, no drafts, and messages to and from its host.

import { element } from "./element";
import { caseOf } from "./examples";
import { choicesOf, readSaved, savedOf, type Saved } from "./saved";
import { hashOf } from "./share";
import { NO_PROFILE, type Store } from "./store";

/** What the address asks for. */
export interface Embedding {
  readonly isReadOnly: boolean;
  /** The only policy that checks. */
  readonly policy: string | null;
  readonly example: "pass" | "fail";
}

/** The views of an embedded page. */
export const EMBEDDED_VIEWS: readonly string[] = ["findings", "cluster", "fixed"];

/** What `?embed` asks for; null for a page of its own. */
export function readEmbedding(search: string): Embedding | null {
  const wanted = new URLSearchParams(search);
  if (!wanted.has("embed")) return null;
  return {
    isReadOnly: wanted.has("readonly"),
    policy: wanted.get("policy"),
    example: wanted.get("example") === "pass" ? "pass" : "fail",
  };
}

/** The text and the choices that it begins with: a policy's example with that policy alone. */
export async function beginningOf({ policy, example }: Embedding): Promise<Saved> {
  if (policy === null) return {};
  const found = await caseOf(policy, example);
  const saved: Saved = { profile: NO_PROFILE, policies: { [policy]: { enabled: true, ...(found?.settings && { settings: found.settings }) } } };
  if (found) saved.text = found.text;
  if (found?.complete) saved.complete = true;
  return saved;
}

/** A message of the host: a text, choices, or both, which get the same answer as a change by hand; or its theme. */
interface Told {
  readonly plimsoll: "set" | "theme";
  readonly [key: string]: unknown;
}

/** Looks like the page around this one; what is no theme leaves it to the system. */
function follows(theme: unknown): void {
  const { dataset } = document.documentElement;
  if (theme === "light" || theme === "dark") dataset["theme"] = theme;
  else delete dataset["theme"];
}

/** Adds the line at the bottom, and talks with the host. */
export function mountEmbedded(place: HTMLElement, store: Store, embedding: Embedding): void {
  const link = element("a", { href: location.pathname, target: "_blank", rel: "noopener" }, "Open in the playground");
  const follow = async () => {
    link.href = new URL(await hashOf(savedOf(store.state)), location.origin === "null" ? document.baseURI : location.origin + location.pathname).href;
  };
  for (const event of ["pointerenter", "focus"]) link.addEventListener(event, () => void follow());
  const promise = element("span", {}, "Nothing leaves your browser.");
  place.append(element("h1", { class: "unseen" }, "Plimsoll"), promise, link);

  // Who speaks first is the host; before that nobody gets a message.
  let host: string | null = null;
  const tell = (message: Record<string, unknown>) => {
    if (host !== null) parent.postMessage(message, host);
  };
  const answer = () => {
    const { shown, errors, notes, text, busy } = store.state;
    if (!shown || busy) return;
    const { findings, objects } = shown;
    tell({ plimsoll: "checked", text, findings, objects, errors, schema: notes });
  };
  addEventListener("message", (event: MessageEvent<unknown>) => {
    const told = event.data as Partial<Told> | null;
    if (event.source !== parent || parent === window) return;
    if (told?.plimsoll === "theme") follows(told["theme"]);
    if (told?.plimsoll !== "set") return;
    if (host === null && !embedding.isReadOnly) promise.textContent = "The page around this one sees what you write.";
    // A sandboxed host has no origin that could be named.
    host = event.origin === "null" ? "*" : event.origin;
    const { plimsoll: _, ...content } = told;
    const reading = readSaved({ ...savedOf(store.state), text: store.state.text, ...content });
    if ("problem" in reading) tell({ plimsoll: "refused", reason: reading.problem });
    else store.load(reading.saved.text ?? "", choicesOf(reading.saved));
    answer();
  });
  store.listen((state, before) => {
    if (state.busy !== before.busy || state.shown !== before.shown) answer();
  });
  // Holds nothing, so anybody may hear it.
  if (parent !== window) parent.postMessage({ plimsoll: "ready" }, "*");
}
