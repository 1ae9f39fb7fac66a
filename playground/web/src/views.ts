import { findings } from "./findings";
import type { View } from "./view";

/** The tabs beside the editor, in their order. */
export const views: readonly View[] = [findings];
