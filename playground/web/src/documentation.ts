// The documentation of a policy, beside the findings.

import { describe } from "./descriptions";
import type { Drafts } from "./draft";
import { element, fill } from "./element";
import { markdown } from "./markdown";
import type { State, Store } from "./store";
import { openExample, hasExample } from "./examples";

/** Adds the panel to the page. It appears when a policy is chosen. */
export function mountDocumentation(place: HTMLElement, store: Store, drafts: Drafts): void {
  const panel = element("aside", { id: "documentation", "aria-label": "Documentation", tabindex: "-1", hidden: true });
  place.append(panel);
  let opener: Element | null = null;
  const close = () => store.set({ documented: null });
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  store.listen((state, before) => {
    if (state.documented === before.documented) return;
    if (state.documented === null) {
      panel.hidden = true;
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
      return;
    }
    if (before.documented === null) opener = document.activeElement;
    void show(panel, store, drafts, state, close);
  });
}

async function show(panel: HTMLElement, store: Store, drafts: Drafts, state: State, close: () => void): Promise<void> {
  const id = state.documented;
  if (id === null) return;
  const again = () => {
    if (store.state.documented === null) store.set({ documented: id });
  };
  const description = await describe(id, again);
  if (!description && store.state.documented === id) store.set({ documented: null });
  if (store.state.documented !== id || !description) return;
  const policy = store.byId.get(id);
  const example = (kind: "pass" | "fail", text: string) =>
    element("button", { type: "button", onclick: () => void openExample(store, drafts, { policy: id, kind }) }, text);
  const examples = await hasExample(id);
  fill(
    panel,
    element("button", { type: "button", class: "close", onclick: close, "aria-label": "Close the documentation" }, "×"),
    element("h2", {}, id),
    policy && element("p", {}, `${policy.title}. Severity ${policy.severity}, profile ${policy.profile}.`),
    markdown(description.documentation),
    element(
      "p",
      { class: "actions" },
      examples && example("fail", "Try what it finds"),
      examples && example("pass", "Try what passes"),
      element("button", { type: "button", onclick: () => store.openSettings(id) }, "Settings"),
    ),
    element("h3", {}, "Judges"),
    element("p", {}, description.targets.join(", ")),
    description.needs.length > 0 && element("h3", {}, "Looks up"),
    description.needs.length > 0 && element("p", {}, description.needs.join(", ")),
    description.settings.length > 0 && element("h3", {}, "Settings"),
    description.settings.length > 0 &&
      element(
        "dl",
        {},
        ...description.settings.flatMap((setting) => [
          element("dt", {}, element("code", {}, `${setting.name}: ${JSON.stringify(setting.default)}`)),
          element("dd", {}, setting.documentation),
        ]),
      ),
    element("h3", {}, "Sources"),
    element(
      "ul",
      {},
      ...description.sources.map((source) =>
        element("li", {}, element("a", { href: source.url, rel: "noopener noreferrer", target: "_blank" }, source.title)),
      ),
    ),
  );
  panel.hidden = false;
  panel.scrollTop = 0;
  panel.focus();
}
