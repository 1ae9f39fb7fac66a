import { findings } from "./views/findings";
import { pictures } from "./views/pictures/pictures";
import type { View } from "./views/view";

/** The tabs beside the editor, in their order. */
export const views: readonly View[] = [findings, pictures];
