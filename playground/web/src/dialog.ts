// Dialogs over the page.

import "./dialog.css";

import { element, fill } from "./element";

export interface Dialog {
  show(...content: (HTMLElement | false | null)[]): void;
  close(): void;
}

/** A dialog that is closed by a button, by Escape and by a click beside it; then the focus returns to where it was. */
export function makeDialog(kind: string, titleId: string): Dialog {
  const content = element("div", {});
  const close = () => dialog.close();
  const dialog = element(
    "dialog",
    { class: kind, "aria-labelledby": titleId },
    element("button", { type: "button", class: "close", "aria-label": "Close", onclick: close }, "×"),
    content,
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) close();
  });
  document.body.append(dialog);
  return {
    show: (...children) => {
      fill(content, ...children);
      if (!dialog.open) dialog.showModal();
    },
    close,
  };
}
