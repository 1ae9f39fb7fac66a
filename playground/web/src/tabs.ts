// The tabs beside the editor.

import { element, fill } from "./element";
import type { Store } from "./store";
import type { View } from "./views/view";

/** Shows one of the views at a time. Arrow keys move between the tabs. */
export function mountTabs(bar: HTMLElement, place: HTMLElement, store: Store, views: readonly View[]): void {
  let current: View | undefined;
  const panels = new Map<View, HTMLElement>();
  const tabs = views.map((view) =>
    element(
      "button",
      { type: "button", role: "tab", id: `tab-${view.id}`, "aria-controls": `panel-${view.id}`, onclick: () => show(view) },
      view.title,
      element("span", { class: "badge", hidden: true }),
    ),
  );
  const count = () => {
    views.forEach((view, index) => {
      const badge = tabs[index]?.querySelector<HTMLElement>(".badge");
      const number = view.badge?.(store.state) ?? 0;
      const text = number === 0 ? "" : ` ${number}`;
      if (!badge || badge.textContent === text) return;
      badge.textContent = text;
      badge.hidden = number === 0;
    });
  };
  fill(bar, ...tabs);
  for (const view of views) {
    const panel = element("div", { role: "tabpanel", id: `panel-${view.id}`, "aria-labelledby": `tab-${view.id}`, tabindex: "0", hidden: true });
    place.append(panel);
    panels.set(view, panel);
  }
  const mounted = new Set<View>();
  const show = (view: View) => {
    current = view;
    views.forEach((other, index) => {
      const panel = panels.get(other);
      if (panel) panel.hidden = other !== view;
      tabs[index]?.setAttribute("aria-selected", String(other === view));
      tabs[index]?.setAttribute("tabindex", other === view ? "0" : "-1");
    });
    const panel = panels.get(view);
    if (panel && !mounted.has(view)) {
      mounted.add(view);
      view.mount(panel, store);
    }
    view.update(store.state);
  };
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || !current) return;
    const next = (views.indexOf(current) + step + views.length) % views.length;
    const view = views[next];
    if (view) show(view);
    tabs[next]?.focus();
  });
  // Several changes in a row are rendered once.
  let scheduled = false;
  let asked = store.state.asked;
  store.listen(() => {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(() => {
      scheduled = false;
      const wanted = store.state.asked !== asked && views.find((view) => view.id === store.state.asked?.view);
      asked = store.state.asked;
      count();
      if (wanted) show(wanted);
      else current?.update(store.state);
    });
  });
  const first = views[0];
  if (first) show(first);
}
