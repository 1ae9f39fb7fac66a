import { findings } from "./views/findings";
import { policies } from "./views/policies/policies";
import type { View } from "./views/view";

/** The tabs beside the editor, in their order. */
export const views: readonly View[] = [findings, policies];
