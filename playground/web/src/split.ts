// The border between the editor and the results, which can be moved.

import { element } from "./element";
import { keep, recall } from "./storage";

const KEY = "plimsoll.split";

/** The editor's share of the width, in percent. */
const BEGINNING = 50;
const LEAST = 20;
const MOST = 80;
const STEP = 2;

/** Puts the border between two parts of the page. */
export function mountSplit(main: HTMLElement, results: HTMLElement): void {
  const border = element("div", {
    class: "split",
    role: "separator",
    tabindex: 0,
    "aria-orientation": "vertical",
    "aria-label": "Width of the editor",
    "aria-controls": "editor",
    "aria-valuemin": LEAST,
    "aria-valuemax": MOST,
    title: "Drag, or use the arrow keys; a double click centres",
  });
  let share = BEGINNING;
  const move = (to: number) => {
    share = Math.min(MOST, Math.max(LEAST, Math.round(to * 10) / 10));
    border.setAttribute("aria-valuenow", String(Math.round(share)));
    main.style.setProperty("--split", `${share}%`);
  };
  const done = () => keep(KEY, share === BEGINNING ? null : String(share));
  move(Number(recall(KEY)) || BEGINNING);
  border.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    border.focus();
    border.setPointerCapture(event.pointerId);
  });
  border.addEventListener("pointermove", (event) => {
    if (!border.hasPointerCapture(event.pointerId)) return;
    const { left, width } = main.getBoundingClientRect();
    move(((event.clientX - left) / width) * 100);
  });
  border.addEventListener("pointerup", done);
  border.addEventListener("dblclick", () => {
    move(BEGINNING);
    done();
  });
  border.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: share - STEP, ArrowRight: share + STEP, Home: LEAST, End: MOST, Enter: BEGINNING }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    move(to);
    done();
  });
  results.before(border);
}
