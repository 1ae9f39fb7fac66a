// Exports the enabled policies for a cluster, a policy server and the command line.

import "./export.css";

import { announce } from "../announce";
import { codeBlock } from "../code";
import { element, fill } from "../element";
import { Outdated } from "../evaluate";
import type { Choices, State, Store } from "../store";
import type { Checked, Configuration } from "../transfer";
import type { View } from "./view";

interface Form {
  readonly id: string;
  readonly label: string;
  readonly file: string;
  /** Its purpose. */
  readonly about: string;
  /** What to do with the file. */
  readonly command: string;
  /** Empty if there is nothing to export. */
  readonly text: (configuration: Configuration) => string;
  /** The text to show then. */
  readonly empty: string;
  /** Whether it goes into a cluster, where look-ups need permissions. */
  readonly cluster?: true;
}

/** The file with PolicyServer's permissions. */
const RIGHTS = "plimsoll-rbac.yaml";

const NOTHING_ON = "No policy is switched on.";

const FORMS: readonly Form[] = [
  {
    id: "policies",
    label: "One resource per policy",
    file: "plimsoll-policies.yaml",
    about: "A ClusterAdmissionPolicy for each policy. Each can be changed, monitored and removed on its own.",
    command: "kubectl apply -f plimsoll-policies.yaml",
    text: ({ policies }) => policies,
    empty: NOTHING_ON,
    cluster: true,
  },
  {
    id: "group",
    label: "Policy group",
    file: "plimsoll-group.yaml",
    about:
      "One ClusterAdmissionPolicyGroup: an object has to be accepted by all. Policies in a group change no objects, and their warnings are not shown; what would be fixed is denied.",
    command: "kubectl apply -f plimsoll-group.yaml",
    text: ({ group }) => group,
    empty: NOTHING_ON,
    cluster: true,
  },
  {
    id: "suite",
    label: "Suite",
    file: "plimsoll-suite.yaml",
    about: "One ClusterAdmissionPolicy with the module that holds all policies: one call and one answer per object.",
    command: "kubectl apply -f plimsoll-suite.yaml",
    text: ({ suite }) => suite,
    empty: NOTHING_ON,
    cluster: true,
  },
  {
    id: "policy-server",
    label: "policies.yml",
    file: "policies.yml",
    about: "For a policy-server that runs without Kubewarden's controller.",
    command: "policy-server --policies policies.yml",
    text: ({ policyServer }) => policyServer,
    empty: NOTHING_ON,
  },
  {
    id: "kwctl",
    label: "kwctl",
    file: "kwctl.sh",
    about: "A command for each policy that asks it about one request. The tab Cluster gives the request as review.json.",
    command: "sh kwctl.sh",
    text: ({ kwctl }) => kwctl.map((command) => `${command}\n`).join(""),
    empty: NOTHING_ON,
  },
  {
    id: "command-line",
    label: "Command line",
    file: "plimsoll.yaml",
    about: "The settings file of the plimsoll command, for pipelines and before a commit.",
    command: "plimsoll check --config plimsoll.yaml manifest.yaml",
    text: ({ commandLine }) => commandLine,
    empty: "Everything is as the command line has it anyway, so no file is needed: plimsoll check manifest.yaml",
  },
];

class Export implements View {
  readonly id = "export";
  readonly title = "Deploy";
  #store!: Store;
  #form: Form | undefined = FORMS[0];
  #choices: Choices | null = null;
  #wrong: Checked["wrongSettings"] = [];
  #configuration: Configuration | null = null;
  readonly #problems = element("div", {});
  readonly #body = element("div", {});

  mount(place: HTMLElement, store: Store): void {
    this.#store = store;
    const choice = (form: Form) =>
      element(
        "label",
        {},
        element("input", {
          type: "radio",
          name: "export-form",
          value: form.id,
          checked: form === this.#form,
          onchange: () => {
            this.#form = form;
            this.#draw();
            announce(`${form.file}: ${form.command}`);
          },
        }),
        ` ${form.label}`,
      );
    place.append(
      element("fieldset", { class: "forms" }, element("legend", {}, "What is switched on, as"), ...FORMS.map(choice)),
      this.#problems,
      this.#body,
    );
    fill(this.#body, element("p", { class: "summary" }, "The policies are being loaded …"));
  }

  update({ choices, result }: State): void {
    const wrong = result?.wrongSettings ?? [];
    if (this.#wrong !== wrong) {
      this.#wrong = wrong;
      this.#drawProblems();
    }
    if (this.#choices === choices) return;
    this.#choices = choices;
    void this.#ask(choices, 2);
  }

  async #ask(choices: Choices, attempts: number): Promise<void> {
    try {
      const configuration = await this.#store.policies.configuration(this.#store.config);
      if (this.#choices !== choices) return;
      this.#configuration = configuration;
      this.#draw();
    } catch (error) {
      if (!(error instanceof Outdated)) throw error;
      // The worker crashed over something else, and was restarted.
      if (attempts > 1) await this.#ask(choices, attempts - 1);
    }
  }

  #drawProblems(): void {
    fill(
      this.#problems,
      this.#wrong.length > 0 &&
        element(
          "ul",
          { class: "errors" },
          ...this.#wrong.map(({ policy, field, reason }) =>
            element("li", { class: "error" }, `Left out, settings of ${policy}: ${[field, reason].filter(Boolean).join(": ")}`),
          ),
        ),
    );
  }

  #draw(): void {
    const form = this.#form;
    if (!form || !this.#configuration) return;
    const text = form.text(this.#configuration);
    const { rbac } = this.#configuration;
    fill(
      this.#body,
      element("p", {}, form.about),
      text === "" ? element("p", { class: "summary" }, form.empty) : codeBlock(form.file, text),
      text !== "" && command(form.command),
      form.cluster &&
        text !== "" &&
        rbac !== "" &&
        element(
          "section",
          { class: "rights" },
          element("h2", {}, "What they look up"),
          element("p", {}, "Some of the policies look other objects up. PolicyServer's service account has to be allowed that first."),
          codeBlock(RIGHTS, rbac),
          command(`kubectl apply -f ${RIGHTS}`),
        ),
    );
  }
}

function command(text: string): HTMLElement {
  return element("p", { class: "command" }, "Then: ", element("code", {}, text));
}

/** The tab with the exports. */
export const exportView: View = new Export();
