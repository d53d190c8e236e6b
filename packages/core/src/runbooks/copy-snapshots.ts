import { z } from "zod";
import { runbook } from "./runbook.ts";

/** Which are copied follows from the settings and from what is in both regions when it is done. */
export const copySnapshots = runbook({
  id: "copy-snapshots",
  summary: "Begin to copy snapshots to the other region, as the settings say.",
  input: z.strictObject({}),
  changes: ["copy-snapshots"],
  disrupts: false,
  scope: "copies",
  topologies: ["single"],
  impact: "None: nobody is served from snapshots.",
  plan: (_input, _facts, { keeping }) =>
    keeping.snapshots?.copy
      ? { steps: [{ do: "copy-snapshots", because: `they have no copy in ${keeping.snapshots.copy.region} yet` }], otherwise: [] }
      : { steps: [], otherwise: [], impossible: "the settings copy no snapshots" },
});
