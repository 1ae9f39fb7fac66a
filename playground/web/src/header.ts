// The header of the page: title, examples, profile, theme.

import { announce } from "./announce";
import { element } from "./element";
import { mountExamples } from "./examples";
import type { Store } from "./store";

const THEMES = ["system", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];
const THEME_KEY = "plimsoll.theme";

/** Fills the header, and returns the place for more tools. */
export function mountHeader(place: HTMLElement, store: Store): HTMLElement {
  const version = element("span", { class: "version" });
  const tools = element("div", { class: "tools" });
  const profile = element("select", { "aria-label": "Profile", disabled: true });
  profile.addEventListener("change", () => {
    store.choose({ profile: profile.value });
    announce(`Profile ${profile.value}`);
  });
  mountExamples(tools, store);
  tools.append(element("label", {}, "Profile ", profile), themes());
  place.append(
    element("h1", {}, element("img", { src: "./icon.svg", alt: "", width: 24, height: 24 }), "Plimsoll ", version),
    element("p", { class: "promise" }, "Nothing leaves your browser."),
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
    profile.value = choices.profile ?? catalogue.defaultProfile;
  });
  return tools;
}

function themes(): HTMLElement {
  const select = element("select", { "aria-label": "Colours" });
  select.append(...THEMES.map((theme) => element("option", { value: theme }, theme === "system" ? "as the system" : theme)));
  const stored = localStorage.getItem(THEME_KEY);
  const theme: Theme = stored === "light" || stored === "dark" ? stored : "system";
  const apply = (theme: Theme) => {
    if (theme === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
  };
  select.value = theme;
  apply(theme);
  select.addEventListener("change", () => {
    const chosen = THEMES.find((theme) => theme === select.value) ?? "system";
    localStorage.setItem(THEME_KEY, chosen);
    apply(chosen);
  });
  return element("label", {}, "Colours ", select);
}
