// The answer of a cluster with Kubewarden: the request about one object, and each policy's response.

import "./cluster.css";

import { announce } from "../announce";
import { codeBlock } from "../code";
import { element, fill } from "../element";
import { Question } from "../question";
import type { State, Store } from "../store";
import type { Answer, Checked, Operation, Reviewed } from "../transfer";
import { titleOf } from "./findings";
import type { Content } from "./view";

type Verdict = "denied" | "warned" | "changed" | "accepted";

/** The part of an AdmissionReview that is read here. */
interface Review {
  request: { name?: string; kind: { group: string; kind: string } };
}

/** The order of the answers. */
const VERDICTS: readonly Verdict[] = ["denied", "warned", "changed", "accepted"];

/** The tab with the answers of a cluster. */
export class Cluster implements Content {
  readonly #store: Store;
  readonly #question: Question<Reviewed | null>;
  readonly #object = element("select", { id: "cluster-object", onchange: () => this.#choose() });
  readonly #operation = element(
    "select",
    { onchange: () => this.#choose() },
    element("option", { value: "CREATE" }, "CREATE"),
    element("option", { value: "UPDATE" }, "UPDATE"),
  );
  readonly #old = element("textarea", {
    id: "cluster-old",
    rows: 8,
    spellcheck: "false",
    "aria-describedby": "cluster-old-hint cluster-old-problem",
    oninput: () => this.#ask(false),
  });
  readonly #oldProblem = element("p", { id: "cluster-old-problem", class: "problem", hidden: true });
  readonly #oldField = element(
    "div",
    { class: "old", hidden: true },
    element("label", { for: "cluster-old" }, "Old object"),
    element("span", { id: "cluster-old-hint", class: "hint" }, "YAML; empty: the object as it is in the text"),
    this.#old,
    this.#oldProblem,
  );
  readonly #answers = element("div", { class: "answers" });
  #last: { result: Checked | null; selected: number | null } = { result: null, selected: null };
  /** The chosen object by its names: its position among the others changes during typing. */
  #chosen: string | null = null;
  /** The open disclosures, which stay open with the next answer. */
  readonly #open = new Set<string>();

  constructor(place: HTMLElement, store: Store) {
    this.#store = store;
    this.#question = new Question(store);
    place.append(
      element(
        "div",
        { class: "filters" },
        element("label", { class: "object" }, "Object ", this.#object),
        element("label", {}, "Operation ", this.#operation),
      ),
      this.#oldField,
      this.#answers,
    );
    fill(this.#answers, element("p", { class: "summary" }, "The policies are being loaded …"));
  }

  update(state: State): void {
    const { result, selected, outdated } = state;
    const last = this.#last;
    this.#answers.classList.toggle("outdated", outdated);
    if (!result || (last.result === result && last.selected === selected)) return;
    this.#last = { result, selected };
    // A selected finding selects its object here too.
    const found = selected === null || outdated ? undefined : result.findings[selected]?.object;
    const names = namesOf(result);
    const before = this.#chosen;
    if (found !== undefined && last.selected !== selected) this.#chosen = names[found]?.key ?? null;
    if (last.result !== result) this.#drawObjects(result, names);
    this.#show(result, names);
    if (last.result !== result || this.#chosen !== before) this.#ask(false, last.result !== null);
  }

  #drawObjects(result: Checked, names: readonly Name[]): void {
    const options = names.map(({ title }, index) =>
      element("option", { value: index }, result.objects[index]?.checked ? title : `${title} (no policy checks its kind)`),
    );
    fill(this.#object, ...options);
    this.#object.disabled = options.length === 0;
  }

  /** Shows the chosen object; without one, the first one with a finding, or the first one that is checked. */
  #show({ findings, objects }: Checked, names: readonly Name[]): void {
    let index = names.findIndex(({ key }) => key === this.#chosen);
    if (index < 0) {
      index = findings[0]?.object ?? Math.max(objects.findIndex((object) => object.checked), 0);
      this.#chosen = names[index]?.key ?? null;
    }
    this.#object.value = String(index);
  }

  #choose(): void {
    const { result } = this.#last;
    if (result) this.#chosen = namesOf(result)[Number(this.#object.value)]?.key ?? null;
    this.#oldField.hidden = this.#operation.value !== "UPDATE";
    this.#ask(true, false);
  }

  /** Requests a review of the chosen object. After a choice by the user, the outcome is announced. */
  #ask(tell: boolean, pause = true): void {
    const { result } = this.#last;
    if (!result) return;
    if (result.objects.length === 0) {
      fill(this.#answers, element("p", { class: "summary" }, "There is no object in the text."));
      return;
    }
    if (this.#store.state.outdated) {
      fill(this.#answers, element("p", { class: "summary" }, "Nothing can be asked while the text cannot be read."));
      return;
    }
    const object = Number(this.#object.value);
    const operation: Operation = this.#operation.value === "UPDATE" ? "UPDATE" : "CREATE";
    const old = operation === "UPDATE" ? this.#old.value : null;
    const title = titleOf(result.objects[object]);
    this.#question.put(
      () => this.#store.policies.review({ object, operation, old }),
      (reviewed) => {
        const outcome = this.#draw(title, operation, reviewed);
        if (tell) announce(`${title}: ${outcome}`);
      },
      pause,
    );
  }

  /** Shows answers, and returns their outcome in a few words. */
  #draw(title: string, operation: Operation, reviewed: Reviewed | null): string {
    const said = (outcome: string, ...more: (Node | false)[]) => {
      fill(this.#answers, element("p", { class: "summary" }, outcome), ...more);
      return outcome;
    };
    // With a request, the problem is about the old object.
    const oldProblem = reviewed?.review ? reviewed.problem : null;
    this.#oldProblem.textContent = oldProblem;
    this.#oldProblem.hidden = oldProblem === null;
    this.#old.setAttribute("aria-invalid", String(oldProblem !== null));
    if (!reviewed) return said("No answer: the checker was restarted. Your next edit is checked.");
    if (oldProblem !== null) return said("Nothing is asked before the old object is put right.");
    if (!reviewed.review) return said(`${title}: ${reviewed.problem ?? "nothing can be asked"}.`);
    const request = this.#disclosure("request", "The request (AdmissionReview)", () => [
      codeBlock("review.json", `${JSON.stringify(reviewed.review, null, 2)}\n`),
    ]);
    const { answers } = reviewed;
    if (answers.length === 0) return said("Created: none of the policies that are on is about this kind.", request);
    const by = new Map(VERDICTS.map((verdict) => [verdict, answers.filter((answer) => verdictOf(answer) === verdict)]));
    const accepted = by.get("accepted") ?? [];
    const shown = VERDICTS.filter((verdict) => verdict !== "accepted").flatMap((verdict) => by.get(verdict) ?? []);
    return said(
      outcomeOf(operation, answers),
      element("pre", { class: "terminal", tabindex: 0, role: "region", "aria-label": "What kubectl prints" }, terminal(operation, reviewed)),
      element("p", { class: "hint" }, hint(answers)),
      ...shown.map((answer) => this.#drawAnswer(answer)),
      accepted.length > 0 &&
        this.#disclosure("accepted", `Accepted by ${countOf(accepted.length)}`, () => accepted.map((answer) => this.#drawAnswer(answer))),
      request,
    );
  }

  #drawAnswer(answer: Answer): HTMLElement {
    const { policy, message, warnings, patch, settings, response } = answer;
    const verdict = verdictOf(answer);
    const json = (name: string, title: string, value: unknown) =>
      this.#disclosure(`${policy} ${name}`, title, () => [codeBlock(`${policy}-${name}.json`, `${JSON.stringify(value, null, 2)}\n`)]);
    return element(
      "section",
      { class: "answer", "data-policy": policy, "data-verdict": verdict, "aria-label": `${policy}: ${verdict}` },
      element(
        "h2",
        {},
        element("span", { class: "verdict" }, verdict),
        element(
          "button",
          { type: "button", class: "quiet", title: "Why, and what to write", onclick: () => this.#store.set({ documented: policy }) },
          policy,
        ),
      ),
      message !== null && element("p", { class: "message" }, message),
      warnings.length > 0 && element("ul", { class: "warnings" }, ...warnings.map((warning) => element("li", {}, warning))),
      element(
        "div",
        { class: "more" },
        patch !== null && json("patch", `Patch (${patch.length === 1 ? "1 operation" : `${patch.length} operations`})`, patch),
        json("settings", "Settings", settings),
        json("response", "Response", response),
      ),
    );
  }

  /** A disclosure that is rendered when opened, and stays open when the answers change. */
  #disclosure(key: string, title: string, make: () => Node[]): HTMLElement {
    const toggled = () => {
      if (made.open) this.#open.add(key);
      else this.#open.delete(key);
      if (made.open && made.childElementCount === 1) made.append(...make());
    };
    const made = element("details", { "data-key": key, ontoggle: toggled }, element("summary", {}, title));
    made.open = this.#open.has(key);
    return made;
  }
}

interface Name {
  title: string;
  key: string;
}

/** The names of the objects; objects with equal names are numbered. */
function namesOf({ objects }: Checked): Name[] {
  const counts = new Map<string, number>();
  return objects.map((object) => {
    const own = JSON.stringify([object.kind, object.namespace, object.name]);
    const count = (counts.get(own) ?? 0) + 1;
    counts.set(own, count);
    const title = titleOf(object);
    return { key: `${own} ${count}`, title: count === 1 ? title : `${title} (${count})` };
  });
}

function verdictOf({ allowed, warnings, patch }: Answer): Verdict {
  if (!allowed) return "denied";
  if (warnings.length > 0) return "warned";
  return patch === null ? "accepted" : "changed";
}

function countOf(policies: number): string {
  return policies === 1 ? "1 policy" : `${policies} policies`;
}

/** The outcome, in a few words. */
function outcomeOf(operation: Operation, answers: readonly Answer[]): string {
  const denied = answers.filter(({ allowed }) => !allowed).length;
  const warnings = answers.reduce((sum, answer) => sum + answer.warnings.length, 0);
  const warned = warnings === 0 ? "" : warnings === 1 ? ", with 1 warning" : `, with ${warnings} warnings`;
  if (denied > 0) return `Denied by ${countOf(denied)}${warned}.`;
  const changed = answers.filter(({ patch }) => patch !== null).length;
  const how = changed === 0 ? "" : `, changed by ${countOf(changed)}`;
  return `${operation === "CREATE" ? "Created" : "Updated"}${how}${warned}.`;
}

function hint(answers: readonly Answer[]): string {
  const one = answers.filter(({ allowed }) => !allowed).length > 1 ? "kubectl prints one refusal; all of them follow. " : "";
  return `${one}Each policy is asked about the object as it is in the text, and what else is in the text is the cluster.`;
}

/** The output of `kubectl apply`. Of several denials it prints one. */
function terminal(operation: Operation, { review, answers }: Reviewed): string {
  const { request } = review as Review;
  const lines = answers.flatMap(({ warnings }) => warnings.map((warning) => `Warning: ${warning}`));
  const denied = answers.filter(({ allowed }) => !allowed);
  const [first] = denied;
  if (first) {
    const doing = operation === "CREATE" ? "creating" : "patching";
    lines.push(
      `Error from server: error when ${doing} "manifest.yaml": admission webhook "clusterwide-${first.policy}.kubewarden.admission" denied the request: ${first.message ?? ""}`,
    );
  } else {
    const { group, kind } = request.kind;
    const resource = `${kind.toLowerCase()}${group && `.${group}`}`;
    lines.push(`${resource}/${request.name ?? ""} ${operation === "CREATE" ? "created" : "configured"}`);
  }
  return lines.join("\n");
}
