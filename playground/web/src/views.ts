import { findings } from "./views/findings";
import { Later } from "./views/later";
import type { View } from "./views/view";

/** The tabs beside the editor, in their order. The page opens with the first. */
export const views: readonly View[] = [
  findings,
  new Later("cluster", "What the cluster says", async () => {
    const { Cluster } = await import("./views/cluster");
    return (place, store) => new Cluster(place, store);
  }),
  new Later(
    "fixed",
    "Fixes",
    async () => {
      const { FixedText } = await import("./views/fixed");
      return (place, store) => new FixedText(place, store);
    },
    ({ result }) => result?.findings.filter(({ fix }) => fix?.applicability === "safe").length ?? 0,
  ),
  new Later("pictures", "Diagrams", async () => {
    const { PictureFrame } = await import("./views/pictures/frame");
    return (place, store) => new PictureFrame(place, store);
  }),
  new Later("policies", "Policies", async () => {
    const { Policies } = await import("./views/policies/policies");
    return (place, store) => new Policies(place, store);
  }),
  new Later("export", "Deploy", async () => {
    const { Export } = await import("./views/export");
    return (place, store) => new Export(place, store);
  }),
];
