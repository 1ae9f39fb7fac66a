// The settings of all policies: the version of Kubernetes, and whether objects exist that aren't in the text.

import { element } from "../../element";
import { Outdated } from "../../evaluate";
import { minorOf } from "../../saved";
import type { State, Store } from "../../store";

const SETTING = "kubernetesVersion";

export class Cluster {
  readonly element: HTMLElement;
  readonly #store: Store;
  readonly #version = element("input", {
    type: "text",
    id: "kubernetes-version",
    "aria-describedby": "kubernetes-version-meaning kubernetes-version-wrong",
    spellcheck: "false",
    autocomplete: "off",
  });
  readonly #byDefault = element("span", {});
  readonly #reset = element("button", { type: "button", class: "quiet", hidden: true }, "Back to the default");
  readonly #wrong = element("p", { class: "wrong", id: "kubernetes-version-wrong", "aria-live": "polite" });
  readonly #complete = element("input", { type: "checkbox", id: "complete", "aria-describedby": "complete-meaning" });

  #last: { version: string | undefined; byDefault: string | undefined; complete: boolean } | null = null;

  constructor(store: Store) {
    this.#store = store;
    this.#version.addEventListener("input", () => void this.#typed(minorOf(this.#version.value.trim())));
    this.#version.addEventListener("blur", () => this.#show());
    this.#reset.addEventListener("click", () => {
      store.choose({ kubernetesVersion: undefined });
      this.#show();
      this.#version.focus();
    });
    this.#complete.addEventListener("change", () => store.choose({ complete: this.#complete.checked }));
    this.element = element(
      "fieldset",
      { class: "cluster" },
      element("legend", {}, "The cluster"),
      element("p", {}, element("label", { for: "kubernetes-version" }, "Kubernetes version "), this.#version, " ", this.#reset),
      this.#wrong,
      element(
        "p",
        { class: "hint", id: "kubernetes-version-meaning" },
        "Which APIs and fields there are depends on it. A policy's own setting comes first. ",
        this.#byDefault,
      ),
      element("p", {}, element("label", {}, this.#complete, " This is everything in the cluster")),
      element(
        "p",
        { class: "hint", id: "complete-meaning" },
        "Then an object that isn't in the text doesn't exist: a Deployment without a PodDisruptionBudget has none. Otherwise the cluster may have it, and policies that need to know are listed as skipped.",
      ),
    );
  }

  update(state: State): void {
    const { kubernetesVersion: version, complete } = state.choices;
    const byDefault = state.catalogue?.kubernetesVersion;
    const last = this.#last;
    if (last && last.version === version && last.byDefault === byDefault && last.complete === complete) return;
    this.#last = { version, byDefault, complete };
    this.#reset.hidden = version === undefined;
    this.#byDefault.textContent = `Default: ${byDefault ?? "…"}.`;
    this.#complete.checked = complete;
    if (document.activeElement !== this.#version) this.#show();
  }

  #show(): void {
    const { choices, catalogue } = this.#store.state;
    this.#version.value = choices.kubernetesVersion ?? catalogue?.kubernetesVersion ?? "";
    void this.#check(this.#version.value);
  }

  /** Applies the version unless it is invalid: then no policy could check. */
  async #typed(version: string): Promise<void> {
    const isDefault = version === "" || version === this.#store.state.catalogue?.kubernetesVersion;
    const isRight = await this.#check(version);
    if (isRight && minorOf(this.#version.value.trim()) === version) {
      this.#store.choose({ kubernetesVersion: isDefault ? undefined : version });
    }
  }

  /** Shows what is wrong with a version. */
  async #check(version: string): Promise<boolean> {
    const policy = this.#store.state.catalogue?.policies[0];
    if (!policy) return false;
    try {
      const wrong = version === "" ? [] : await this.#store.policies.wrongSettings(policy.id, { [SETTING]: version });
      if (minorOf(this.#version.value.trim()) === version) {
        const reason = wrong.map(({ reason }) => reason).join("; ");
        if (this.#wrong.textContent !== reason) this.#wrong.textContent = reason;
        if (reason) this.#version.setAttribute("aria-invalid", "true");
        else this.#version.removeAttribute("aria-invalid");
      }
      return wrong.length === 0;
    } catch (error) {
      if (error instanceof Outdated) return false;
      throw error;
    }
  }
}
