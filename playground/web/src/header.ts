// The top of the page: what it is, the ways in, profile, theme.

import { announce, notify } from "./announce";
import { asset } from "./asset";
import type { Drafts } from "./draft";
import { element } from "./element";
import { mountExamples } from "./examples";
import { mountOpenFile } from "./open-file";
import { keep, recall } from "./storage";
import { NO_PROFILE, type Store } from "./store";

const THEMES = ["system", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];
const THEME_KEY = "plimsoll.theme";

const REPOSITORY = "https://github.com/plimsoll-dev/plimsoll";

const LINKS: readonly [string, string][] = [
  ["Documentation", `${REPOSITORY}/blob/main/docs/policies.md`],
  ["Repository", REPOSITORY],
  ["Command line", `${REPOSITORY}/blob/main/docs/command-line.md`],
];

/** Fills the header, and returns the place for more tools. */
export function mountHeader(place: HTMLElement, store: Store): HTMLElement {
  const version = element("span", { class: "version" });
  const tools = element("div", { class: "tools", id: "tools" });
  const profile = element("select", { "aria-label": "Profile", disabled: true });
  profile.addEventListener("change", () => {
    store.choose({ profile: profile.value });
    announce(`Profile ${profile.value}`);
  });
  tools.append(
    element(
      "span",
      { class: "links" },
      ...LINKS.map(([name, address]) => element("a", { href: address, rel: "noopener noreferrer", target: "_blank" }, name)),
    ),
    element("label", {}, "Profile ", profile),
    themes(),
  );
  const menu = element("button", { type: "button", class: "narrow", "aria-expanded": "false", "aria-controls": "tools" }, "Menu");
  const toggle = (open: boolean) => {
    tools.classList.toggle("open", open);
    menu.setAttribute("aria-expanded", String(open));
  };
  menu.addEventListener("click", () => toggle(!tools.classList.contains("open")));
  tools.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !tools.classList.contains("open")) return;
    toggle(false);
    menu.focus();
  });
  place.append(
    element("h1", {}, element("img", { src: asset("icon.svg").href, alt: "", width: 24, height: 24 }), "Plimsoll ", version),
    panes(store),
    menu,
    tools,
  );
  store.listen((state, before) => {
    const { catalogue, choices } = state;
    if (!catalogue || (catalogue === before.catalogue && choices.profile === before.choices.profile)) return;
    version.textContent = catalogue.version;
    if (profile.options.length === 0) {
      profile.append(...catalogue.profiles.map((name) => element("option", { value: name }, name)));
      profile.disabled = false;
    }
    // A link from a policy's page has no profile.
    if (choices.profile === NO_PROFILE && profile.options.length === catalogue.profiles.length) {
      profile.append(element("option", { value: NO_PROFILE }, NO_PROFILE));
    }
    profile.value = choices.profile ?? catalogue.defaultProfile;
  });
  return tools;
}

/** Says what the page is for, and begins: a text from the clipboard, a file, an example. */
export function mountIntroduction(place: HTMLElement, store: Store, drafts: Drafts): void {
  const number = element("span", {}, "the");
  const ways = element("span", { class: "ways" });
  ways.append(element("button", { type: "button", onclick: () => void paste(store, drafts) }, "Paste"));
  mountOpenFile(ways, drafts);
  mountExamples(ways, store, drafts);
  place.append(
    element("p", { class: "what" }, "Check Kubernetes manifests against ", number, " best practices: paste yours."),
    ways,
    element("span", { class: "promise" }, "Nothing leaves your browser."),
  );
  store.listen(({ catalogue }, before) => {
    if (catalogue && catalogue !== before.catalogue) number.textContent = String(catalogue.policies.length);
  });
}

/** Replaces the text by that of the clipboard; where the browser denies that, the next Ctrl-V does. */
async function paste(store: Store, drafts: Drafts): Promise<void> {
  let text = "";
  try {
    text = await navigator.clipboard.readText();
  } catch {
    store.selectAll();
    notify("paste", "The browser doesn't let the page read the clipboard. Everything is selected: paste with Ctrl-V or ⌘V.");
    return;
  }
  if (text.trim() === "") notify("paste", "There is no text in the clipboard.");
  else await drafts.replaceText(text, "The clipboard's text is shown.");
}

/** On a narrow screen the page shows the editor or the results. */
function panes(store: Store): HTMLElement {
  const names = { editor: "Editor", results: "Results" } as const;
  type Pane = keyof typeof names;
  const { body } = document;
  const buttons = new Map<Pane, HTMLElement>();
  const show = (pane: Pane) => {
    body.dataset["pane"] = pane;
    for (const [name, button] of buttons) button.setAttribute("aria-pressed", String(name === pane));
  };
  for (const pane of ["editor", "results"] as const) {
    buttons.set(pane, element("button", { type: "button", "data-pane": pane, onclick: () => show(pane) }, names[pane]));
  }
  show("results");
  store.onReveal(() => show("editor"));
  return element("div", { class: "panes narrow", role: "group", "aria-label": "Editor or results" }, ...buttons.values());
}

function themes(): HTMLElement {
  const select = element("select", { "aria-label": "Colours" });
  select.append(...THEMES.map((theme) => element("option", { value: theme }, theme === "system" ? "as the system" : theme)));
  const stored = recall(THEME_KEY);
  const theme: Theme = stored === "light" || stored === "dark" ? stored : "system";
  const apply = (theme: Theme) => {
    if (theme === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
  };
  select.value = theme;
  apply(theme);
  select.addEventListener("change", () => {
    const chosen = THEMES.find((theme) => theme === select.value) ?? "system";
    keep(THEME_KEY, chosen);
    apply(chosen);
  });
  return element("label", {}, "Colours ", select);
}
