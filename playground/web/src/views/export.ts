// Exports the enabled policies for a cluster, a policy server and the command line.

import "./export.css";

import { announce } from "../announce";
import { codeBlock } from "../code";
import { descriptions } from "../descriptions";
import { element, fill } from "../element";
import { Outdated } from "../evaluate";
import type { Choices, State, Store } from "../store";
import type { Checked, Configuration } from "../transfer";
import type { Content } from "./view";

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
    id: "suite",
    label: "Suite",
    file: "plimsoll-suite.yaml",
    about: "One ClusterAdmissionPolicy with the module that holds all policies: one call and one answer per object. Begin with it.",
    command: "kubectl apply -f plimsoll-suite.yaml",
    text: ({ suite }) => suite,
    empty: NOTHING_ON,
    cluster: true,
  },
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
    about: "A command for each policy that asks it about one request. The tab “What the cluster says” gives the request as review.json.",
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

/** The tab with the exports. */
export class Export implements Content {
  readonly #store: Store;
  #form: Form | undefined = FORMS[0];
  #rollout: Rollout = { mode: "monitor", minSeverity: "", namespaces: [] };
  #choices: Choices | null = null;
  #wrong: Checked["wrongSettings"] = [];
  #configuration: Configuration | null = null;
  readonly #guide = element("div", {});
  readonly #severity = element("select", {});
  readonly #problems = element("div", {});
  readonly #body = element("div", {});

  constructor(place: HTMLElement, store: Store) {
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
      this.#guide,
      this.#problems,
      this.#body,
    );
    this.#drawGuide();
    fill(this.#body, element("p", { class: "summary" }, "The policies are being loaded …"));
  }

  #drawGuide(): void {
    const choose = (change: Partial<Rollout>) => {
      this.#rollout = { ...this.#rollout, ...change };
      this.#draw();
    };
    const mode = element(
      "select",
      { onchange: () => choose({ mode: mode.value === "protect" ? "protect" : "monitor" }) },
      element("option", { value: "monitor" }, "monitor: rejects nothing"),
      element("option", { value: "protect" }, "protect: rejects"),
    );
    this.#severity.addEventListener("change", () => choose({ minSeverity: this.#severity.value }));
    const wrong = element("p", { class: "wrong", id: "namespaces-wrong", "aria-live": "polite" });
    const namespaces = element("input", {
      type: "text",
      placeholder: "all",
      spellcheck: "false",
      "aria-describedby": "namespaces-wrong",
      oninput: () => {
        const names = namespaces.value.split(/[\s,]+/).filter((name) => name !== "");
        const odd = names.filter((name) => !NAMESPACE.test(name));
        wrong.textContent = odd.length > 0 ? `Left out, no names of namespaces: ${odd.join(", ")}` : "";
        choose({ namespaces: names.filter((name) => NAMESPACE.test(name)) });
      },
    });
    fill(
      this.#guide,
      element(
        "div",
        { class: "filters" },
        element("label", {}, "Mode ", mode),
        element("label", {}, "Severity from ", this.#severity),
        element("label", {}, "Only in namespaces ", namespaces),
      ),
      wrong,
    );
  }

  #drawSeverities(severities: readonly string[]): void {
    if (this.#severity.options.length > 0) return;
    fill(
      this.#severity,
      ...severities.map((name, index) => element("option", { value: index === 0 ? "" : name }, index === 0 ? "all" : name)),
    );
  }

  update({ choices, result, catalogue }: State): void {
    if (catalogue) this.#drawSeverities(catalogue.severities);
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
      // Without the descriptions more is written, and nothing else.
      const known = await descriptions(() => void this.#ask(choices, 2));
      const configuration = await this.#store.policies.configuration(this.#store.config, known);
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
    const { rbac, commandLine } = this.#configuration;
    const rollout = this.#rollout;
    const text = rolledOut(form, form.text(this.#configuration), rollout);
    const isInCluster = form.cluster === true && text !== "";
    this.#guide.hidden = !isInCluster;
    // In a group each policy has settings of its own.
    this.#severity.disabled = form.id === "group";
    fill(
      this.#body,
      element("p", {}, form.about),
      text === "" ? element("p", { class: "summary" }, form.empty) : codeBlock(form.file, text),
      text !== "" && command(form.command),
      isInCluster && element("p", { class: "hint" }, HINTS[rollout.mode]),
      isInCluster && ci(commandLine, rollout),
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

/** How policies come into a cluster. */
interface Rollout {
  readonly mode: "monitor" | "protect";
  /** Empty for all. */
  readonly minSeverity: string;
  /** Empty for all. */
  readonly namespaces: readonly string[];
}

const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

const HINTS: Record<Rollout["mode"], string> = {
  monitor:
    "Nothing is rejected: PolicyServer logs and counts what would be. When that is quiet, choose protect and apply again. Kubewarden doesn't go back from protect to monitor: delete the policy for that.",
  protect: "Objects with findings are rejected. Begin with monitor, which only logs, unless the cluster is new.",
};

/** An export with the rollout's choices. It is made by the policies, always in the same form. */
function rolledOut(form: Form, text: string, { mode, minSeverity, namespaces }: Rollout): string {
  if (!form.cluster) return text;
  const selector =
    namespaces.length === 0
      ? ""
      : `  namespaceSelector:\n    matchExpressions:\n    - key: kubernetes.io/metadata.name\n      operator: In\n      values:\n${namespaces.map((name) => `      - ${JSON.stringify(name)}\n`).join("")}`;
  const placed = text.replaceAll(/^spec:\n/gm, `spec:\n  mode: ${mode}\n${selector}`);
  if (minSeverity === "" || form.id === "group") return placed;
  // What a policy's own settings say comes first.
  return placed.replaceAll(
    /^ {2}settings:(?: \{\})?\n(?!(?: {3}.*\n)*? {4}minSeverity:)/gm,
    `  settings:\n    minSeverity: ${minSeverity}\n`,
  );
}

/** The same check before anything gets into the cluster. */
function ci(commandLine: string, { minSeverity }: Rollout): HTMLElement {
  const options = `${commandLine === "" ? "" : " --config plimsoll.yaml"}${minSeverity === "" ? "" : ` --min-severity ${minSeverity}`}`;
  return element(
    "p",
    {},
    "The same in CI: ",
    element("code", {}, `plimsoll check${options} manifests/`),
    commandLine !== "" && ", with the file of “Command line”",
    ".",
  );
}

function command(text: string): HTMLElement {
  return element("p", { class: "command" }, "Then: ", element("code", {}, text));
}
