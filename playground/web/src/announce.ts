import { element, fill } from "./element";

/** Announces a message to screen readers. A repeated message is announced once. */
export function announce(text: string): void {
  const place = document.getElementById("announcements");
  if (place && place.textContent !== text) place.textContent = text;
}

/** A button of a notice. */
export interface Action {
  readonly name: string;
  run(): void;
}

/** Shows a notice until it is dismissed, one of its actions is taken, or another notice of its kind replaces it. */
export function notify(kind: string, text: string, actions: readonly Action[] = []): void {
  const place = document.getElementById("notices");
  if (!place) return;
  for (const old of place.children) if (old instanceof HTMLElement && old.dataset["kind"] === kind) old.remove();
  const notice = element("div", { class: "notice", "data-kind": kind, role: "alert" });
  const button = (name: string, run: () => void) =>
    element("button", { type: "button", onclick: () => (notice.remove(), run()) }, name);
  fill(
    notice,
    element("span", {}, text),
    ...actions.map(({ name, run }) => button(name, run)),
    button("Dismiss", () => undefined),
  );
  place.append(notice);
}
