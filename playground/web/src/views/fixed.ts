// The fixed text beside the current one.

import "./fixed.css";

import { copyButton, downloadButton } from "../code";
import { element, fill } from "../element";
import { applyText, comparing, countOf } from "../fixall";
import { withLineEnds } from "../lineends";
import { Question } from "../question";
import { credentialsOf } from "../share";
import type { State, Store } from "../store";
import type { Checked, Fixed } from "../transfer";
import type { Content } from "./view";

/** The minimum width for two texts side by side, in pixels. */
const WIDE = 560;

/** The shown comparison, and the text that it was made from. */
interface Shown extends Fixed {
  before: string;
  version: number;
}

/** The tab with the fixed text. */
export class FixedText implements Content {
  readonly #store: Store;
  readonly #question: Question<Fixed | null>;
  readonly #risky = element("input", { type: "checkbox", onchange: () => this.#ask(false) });
  readonly #whole = element("input", { type: "checkbox", onchange: () => void this.#drawDiff() });
  readonly #summary = element("p", { class: "summary", tabindex: -1 }, "The policies are being loaded …");
  readonly #buttons = element("p", { class: "buttons", hidden: true });
  /** Before somebody copies it: fixes leave credentials where they are. */
  readonly #credentials = element("p", { class: "warning", hidden: true });
  readonly #refused = element("div", {});
  readonly #diff = element("div", { class: "diff" });
  #result: Checked | null = null;
  #shown: Shown | null = null;
  #wide = true;
  /** Removes the comparison from the page. */
  #destroy: (() => void) | null = null;

  constructor(place: HTMLElement, store: Store) {
    this.#store = store;
    this.#question = new Question(store);
    const text = () => withLineEnds(this.#shown?.text ?? "");
    fill(
      this.#buttons,
      element("button", { type: "button", class: "fix", onclick: () => void this.#apply() }, "Apply to the editor"),
      copyButton("the fixed manifest", text),
      downloadButton("manifest.yaml", text),
    );
    place.append(
      element(
        "div",
        { class: "filters" },
        element("label", {}, this.#risky, " Also fixes that may change behaviour"),
        element("label", {}, this.#whole, " Unchanged lines too"),
      ),
      this.#summary,
      this.#credentials,
      this.#buttons,
      this.#refused,
      this.#diff,
    );
    new ResizeObserver(() => {
      const wide = this.#diff.clientWidth >= WIDE;
      // A hidden view has no width.
      if (this.#diff.clientWidth === 0 || wide === this.#wide) return;
      this.#wide = wide;
      void this.#drawDiff();
    }).observe(this.#diff);
  }

  update({ result, outdated }: State): void {
    this.#diff.classList.toggle("outdated", outdated);
    if (!result || this.#result === result) return;
    const first = this.#result === null;
    this.#result = result;
    this.#ask(!first);
  }

  #ask(pause: boolean): void {
    const risky = this.#risky.checked;
    const { text, version, outdated } = this.#store.state;
    if (outdated) {
      this.#drop("Nothing can be fixed while the text cannot be read.");
      return;
    }
    this.#question.put(
      () => this.#store.policies.fixAll(risky),
      (fixed) => this.#show(fixed && { ...fixed, before: text, version }, risky),
      pause,
    );
  }

  #show(shown: Shown | null, risky: boolean): void {
    if (!shown) {
      this.#drop("No answer: the checker was restarted. Your next edit is checked.");
      return;
    }
    this.#shown = shown;
    const { made, refused } = shown;
    this.#summary.textContent = summary(shown, risky, this.#result?.findings ?? []);
    this.#buttons.hidden = made === 0;
    void this.#warn(shown);
    fill(
      this.#refused,
      refused.length > 0 &&
        element(
          "details",
          { open: true },
          element("summary", {}, refused.length === 1 ? "1 fix can't be made in the text" : `${refused.length} fixes can't be made in the text`),
          element("ul", {}, ...refused.map((reason) => element("li", {}, reason))),
        ),
    );
    void this.#drawDiff();
  }

  /** Shows only a reason. */
  #drop(why: string): void {
    this.#shown = null;
    this.#summary.textContent = why;
    this.#buttons.hidden = true;
    this.#credentials.hidden = true;
    fill(this.#refused);
    void this.#drawDiff();
  }

  async #warn(shown: Shown): Promise<void> {
    const found = shown.made > 0 ? (await credentialsOf(this.#store)).length : 0;
    if (this.#shown !== shown) return;
    this.#credentials.hidden = found === 0;
    this.#credentials.textContent = `The fixed manifest still holds ${found === 1 ? "a credential" : `${found} credentials`}. Mind who gets a copy.`;
  }

  async #drawDiff(): Promise<void> {
    const shown = this.#shown;
    const diff = shown && shown.made > 0 ? await comparing.get(() => void this.#drawDiff()) : null;
    // The request may have changed while the code was loading.
    if (shown !== this.#shown) return;
    this.#destroy?.();
    this.#destroy = null;
    if (!shown || !diff) {
      fill(this.#diff);
      return;
    }
    const host = element("div", { class: "texts" });
    fill(
      this.#diff,
      this.#wide && element("div", { class: "captions", "aria-hidden": "true" }, element("span", {}, "As it is"), element("span", {}, "Fixed")),
      host,
    );
    this.#destroy = diff.showDiff(host, shown.before, shown.text, { unified: !this.#wide, whole: this.#whole.checked });
  }

  async #apply(): Promise<void> {
    const shown = this.#shown;
    if (!shown) return;
    if (await applyText(this.#store, shown.version, shown.before, shown.text, shown.made)) this.#summary.focus();
  }
}

function summary({ made, refused }: Fixed, risky: boolean, findings: Checked["findings"]): string {
  if (made > 0) return `${countOf(made)} ready${risky ? ", some of which may change behaviour" : ""}.`;
  if (refused.length > 0) return "No fix can be made.";
  const more = findings.filter(({ fix }) => fix?.applicability === "unsafe").length;
  if (!risky && more > 0) return `There is no safe fix. ${countOf(more)} may change behaviour.`;
  return findings.length === 0 ? "There is nothing to fix." : "None of the findings brings a fix.";
}
