import { cluster } from "./views/cluster";
import { findings } from "./views/findings";
import { fixed } from "./views/fixed";
import { pictures } from "./views/pictures/pictures";
import { policies } from "./views/policies/policies";
import { exportView } from "./views/export";
import type { View } from "./views/view";

/** The tabs beside the editor, in their order. */
export const views: readonly View[] = [findings, cluster, fixed, pictures, policies, exportView];
