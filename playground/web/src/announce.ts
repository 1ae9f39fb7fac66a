import { element, fill } from "./element";

/** Tells those who don't see the page. Nothing is said twice in a row. */
export function announce(text: string): void {
  const place = document.getElementById("announcements");
  if (place && place.textContent !== text) place.textContent = text;
}

/** Shows a notice until it is dismissed or another one of its kind comes. */
export function notify(kind: string, text: string): void {
  const place = document.getElementById("notices");
  if (!place) return;
  for (const old of place.children) if (old instanceof HTMLElement && old.dataset["kind"] === kind) old.remove();
  const notice = element("div", { class: "notice", "data-kind": kind, role: "alert" });
  const dismiss = () => notice.remove();
  fill(notice, element("span", {}, text), element("button", { type: "button", onclick: dismiss }, "Dismiss"));
  place.append(notice);
}
