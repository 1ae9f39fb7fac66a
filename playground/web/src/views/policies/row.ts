// A policy in the list: its switch, its title, and its settings on demand.

import { describe } from "../../descriptions";
import { element } from "../../element";
import type { State, Store } from "../../store";
import type { Checked, Choice, Policy } from "../../transfer";
import { switchPolicy } from "./choices";
import { Form } from "./form";

export class Row {
  readonly element: HTMLElement;
  readonly policy: Policy;
  /** The text that the search matches. */
  readonly words: string;
  isOn = false;
  isChanged = false;
  readonly #store: Store;
  readonly #switch: HTMLInputElement;
  readonly #state = element("span", { class: "state" });
  readonly #follow = element("button", { type: "button", class: "quiet", hidden: true }, "Follow the profile");
  readonly #count = element("span", {});
  readonly #wrong = element("span", { class: "wrong" });
  readonly #details: HTMLDetailsElement;
  readonly #summary: HTMLElement;
  #form: Form | null = null;
  #drawing: Promise<void> | null = null;
  #last: { choice: Choice | undefined; profile: string | undefined; result: Checked | null } | null = null;

  constructor(store: Store, policy: Policy) {
    this.#store = store;
    this.policy = policy;
    this.words = `${policy.id} ${policy.title}`.toLowerCase();
    const { id } = policy;
    this.#switch = element("input", { type: "checkbox", role: "switch", id: `policy-${id}`, "aria-describedby": `state-${id}` });
    this.#switch.addEventListener("change", () => {
      // The profile's own state needs no choice.
      const { checked } = this.#switch;
      switchPolicy(store, id, checked === this.#isOfProfile(store.state) ? null : checked);
    });
    this.#follow.addEventListener("click", () => {
      switchPolicy(store, id, null);
      this.#switch.focus();
    });
    this.#state.id = `state-${id}`;
    this.#summary = element(
      "summary",
      {},
      "Settings",
      element("span", { class: "unseen" }, ` of ${id}`),
      this.#count,
      this.#wrong,
    );
    this.#details = element("details", {}, this.#summary);
    this.#details.addEventListener("toggle", () => {
      if (this.#details.open) void this.#draw();
    });
    const document = () => store.set({ documented: id });
    this.element = element(
      "li",
      { class: "policy", "data-policy": id },
      element("label", {}, this.#switch, " ", element("code", {}, id)),
      element("p", { class: "title" }, policy.title),
      element(
        "p",
        { class: "facts" },
        this.#state,
        this.#follow,
        element("span", {}, "severity ", element("span", { class: `severity ${policy.severity}` }, policy.severity)),
        element("span", {}, `profile ${policy.profile}`),
        element("span", {}, policy.fix === "none" ? "no fix" : `fix: ${policy.fix}`),
        element(
          "button",
          { type: "button", class: "quiet", onclick: document },
          "Documentation",
          element("span", { class: "unseen" }, ` of ${id}`),
        ),
      ),
      this.#details,
    );
  }

  update(state: State): void {
    const { id } = this.policy;
    const choice = state.choices.policies[id];
    const { profile } = state.choices;
    const { result } = state;
    this.#form?.update(state);
    const last = this.#last;
    if (last && last.choice === choice && last.profile === profile && last.result === result) return;
    this.#last = { choice, profile, result };
    const isOfProfile = this.#isOfProfile(state);
    this.isOn = choice?.enabled ?? isOfProfile;
    this.isChanged = choice !== undefined;
    this.#switch.checked = this.isOn;
    this.#follow.hidden = choice?.enabled === undefined;
    const word = this.isOn ? "on" : "off";
    say(this.#state, choice?.enabled === undefined ? `${word}, as the profile` : `switched ${word}`);
    const changed = Object.keys(choice?.settings ?? {}).length;
    say(this.#count, changed === 0 ? "" : ` (${changed} changed)`);
    const wrong = result?.wrongSettings.filter(({ policy }) => policy === id).length ?? 0;
    say(this.#wrong, wrong === 0 ? "" : ` ${wrong} can't be used; the defaults check`);
  }

  /** Opens the settings and scrolls to them. */
  async open(): Promise<void> {
    this.#details.open = true;
    this.#summary.focus();
    await this.#draw();
  }

  /** Loads the settings once. */
  #draw(): Promise<void> {
    const { id } = this.policy;
    this.#drawing ??= describe(id, () => void this.open()).then((description) => {
      if (!description) {
        // Another click tries again, too.
        this.#drawing = null;
        this.#details.open = false;
        return;
      }
      this.#form = new Form(this.#store, id, description);
      this.#details.append(this.#form.element);
      this.#form.update(this.#store.state);
    });
    return this.#drawing;
  }

  #isOfProfile(state: State): boolean {
    const { catalogue, choices } = state;
    if (!catalogue) return false;
    // Each profile contains those before it.
    const own = catalogue.profiles.indexOf(this.policy.profile);
    return own >= 0 && own <= catalogue.profiles.indexOf(choices.profile ?? catalogue.defaultProfile);
  }
}

function say(place: HTMLElement, text: string): void {
  if (place.textContent !== text) place.textContent = text;
}
