// The settings of a policy, each with its documentation, its default, and its error.

import { element, fill } from "../../element";
import { Outdated } from "../../evaluate";
import { markdown } from "../../markdown";
import type { State, Store } from "../../store";
import type { Setting, WrongSetting } from "../../transfer";
import { forgetSettings, writeSetting } from "./choices";
import { controlFor, type Control } from "./controls";
import type { Schema } from "./schema";

interface Field {
  readonly setting: Setting;
  readonly control: Control;
  readonly place: HTMLElement;
  readonly byDefault: HTMLElement;
  readonly reset: HTMLElement;
  readonly wrong: HTMLElement;
  /** Why the text is not a valid value. */
  unreadable: string | null;
}

/** The settings of a policy. */
interface Settable {
  readonly settings: readonly Setting[];
  readonly commonSettings: readonly Setting[];
}

type Settings = Readonly<Record<string, unknown>>;

const NONE: Settings = {};

export class Form {
  readonly element: HTMLElement;
  readonly #store: Store;
  readonly #id: string;
  readonly #fields: readonly Field[];
  /** The errors of settings that the form doesn't have. */
  readonly #strange = element("ul", { class: "wrong", "aria-live": "polite" });
  readonly #forget: HTMLElement;
  #last: { settings: Settings; version: string | undefined } | null = null;
  #answer: readonly WrongSetting[] = [];

  constructor(store: Store, id: string, { settings, commonSettings }: Settable) {
    this.#store = store;
    this.#id = id;
    const own = settings.map((setting) => this.#field(setting));
    const common = commonSettings.map((setting) => this.#field(setting));
    this.#fields = [...own, ...common];
    const forget = () => {
      for (const field of this.#fields) field.unreadable = null;
      forgetSettings(store, id);
      this.#show(true);
    };
    this.#forget = element("button", { type: "button", onclick: forget }, "All back to their defaults");
    this.element = element(
      "div",
      { class: "form" },
      this.#strange,
      ...own.map(({ place }) => place),
      element(
        "details",
        { class: "common", open: own.length === 0 },
        element("summary", {}, "Settings that every policy has"),
        ...common.map(({ place }) => place),
      ),
      this.#forget,
    );
  }

  update(state: State): void {
    const settings = state.choices.policies[this.#id]?.settings ?? NONE;
    const version = state.choices.kubernetesVersion;
    if (this.#last && this.#last.settings === settings && this.#last.version === version) return;
    this.#last = { settings, version };
    this.#show(false);
    void this.#validate(settings);
  }

  #field(setting: Setting): Field {
    const { name } = setting;
    const id = `setting-${this.#id}-${name}`;
    const wrong = element("p", { class: "wrong", id: `${id}-wrong`, "aria-live": "polite" });
    const meaning = element("div", { class: "documentation", id: `${id}-documentation` }, markdown(setting.documentation));
    const byDefault = element("span", {});
    const reset = element("button", { type: "button", class: "quiet", hidden: true }, "Back to the default");
    const control = controlFor(setting.schema as Schema, {
      id,
      name,
      describedBy: `${id}-documentation ${id}-wrong`,
      changed: (value) => {
        field.unreadable = null;
        writeSetting(this.#store, this.#id, name, value, this.#defaultOf(setting));
        this.#mark();
      },
      unreadable: (reason) => {
        field.unreadable = reason;
        this.#mark();
      },
    });
    const place = element(
      "div",
      { class: "setting", "data-setting": name },
      control.isGroup ? null : element("label", { for: id }, element("code", {}, name)),
      control.element,
      wrong,
      meaning,
      element("p", { class: "default" }, byDefault, " ", reset),
    );
    const field: Field = { setting, control, place, byDefault, reset, wrong, unreadable: null };
    reset.addEventListener("click", () => {
      field.unreadable = null;
      writeSetting(this.#store, this.#id, name, undefined, undefined);
      control.show(this.#defaultOf(setting), true);
      this.#mark();
      // The button that had the focus is gone.
      [...control.inputs.values()][0]?.[0]?.focus();
    });
    return field;
  }

  /** The default; a version of Kubernetes that is set for all policies is the default of each. */
  #defaultOf({ name, default: byDefault }: Setting): unknown {
    return name === "kubernetesVersion" ? (this.#store.state.choices.kubernetesVersion ?? byDefault) : byDefault;
  }

  #settings(): Settings {
    return this.#store.state.choices.policies[this.#id]?.settings ?? NONE;
  }

  #show(anew: boolean): void {
    const settings = this.#settings();
    for (const { setting, control, byDefault } of this.#fields) {
      const usual = this.#defaultOf(setting);
      control.show(setting.name in settings ? settings[setting.name] : usual, anew);
      fill(byDefault, "Default: ", usual === null ? "none; see above" : element("code", {}, JSON.stringify(usual)));
    }
    this.#mark();
  }

  async #validate(settings: Settings): Promise<void> {
    try {
      const answer = await this.#store.policies.wrongSettings(this.#id, settings);
      if (this.#settings() !== settings) return;
      this.#answer = answer;
      this.#mark();
    } catch (error) {
      if (!(error instanceof Outdated)) throw error;
    }
  }

  #mark(): void {
    const settings = this.#settings();
    const left = new Set(this.#answer);
    for (const { setting, control, reset, wrong, unreadable } of this.#fields) {
      reset.hidden = !(setting.name in settings) && unreadable === null;
      const invalid = new Set<HTMLElement>();
      const reasons: string[] = [];
      const all = [...control.inputs.values()].flat();
      if (unreadable !== null) {
        reasons.push(unreadable);
        for (const input of all) invalid.add(input);
      }
      for (const { entry, rest } of below(setting.name, this.#answer)) {
        left.delete(entry);
        // The answer is not about text that is still being edited.
        if (unreadable !== null) continue;
        reasons.push(rest === "" ? entry.reason : `${rest.replace(/^\./, "")}: ${entry.reason}`);
        for (const input of inputsAt(control, rest) ?? suspects(all)) invalid.add(input);
      }
      for (const input of all) {
        if (invalid.has(input)) input.setAttribute("aria-invalid", "true");
        else input.removeAttribute("aria-invalid");
      }
      say(wrong, reasons.join("; "));
    }
    this.#forget.hidden = Object.keys(settings).length === 0;
    fill(
      this.#strange,
      ...[...left].map(({ field, reason }) => element("li", {}, field === "" ? reason : `${field}: ${reason}`)),
    );
  }
}

/** The errors of a setting, with the path below it. */
function below(name: string, wrong: readonly WrongSetting[]): { entry: WrongSetting; rest: string }[] {
  return wrong
    .filter(({ field }) => field === name || field.startsWith(`${name}.`) || field.startsWith(`${name}[`))
    .map((entry) => ({ entry, rest: entry.field.slice(name.length) }));
}

/** The elements at a path, or at the nearest one above it that has any. */
function inputsAt(control: Control, path: string): readonly HTMLElement[] | undefined {
  const isAbove = (known: string) => path.startsWith(known) && /^([.[]|$)/.test(path.slice(known.length));
  const above = [...control.inputs].filter(([known]) => isAbove(known));
  return above.sort(([one], [other]) => other.length - one.length)[0]?.[1];
}

/** The inputs that the browser itself rejects by the bounds of the schema; all of them if it rejects none. */
function suspects(inputs: readonly HTMLElement[]): readonly HTMLElement[] {
  const refused = inputs.filter((input) => input.matches(":invalid"));
  return refused.length > 0 ? refused : inputs;
}

/** Changes a text only if it differs, so screen readers announce it once. */
function say(place: HTMLElement, text: string): void {
  if (place.textContent !== text) place.textContent = text;
}
