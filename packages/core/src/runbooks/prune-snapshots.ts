import { z } from "zod";
import { runbook } from "./runbook.ts";

/** What is due when it begins is all that goes; `confirm` lets a person go beyond what the settings allow at once. */
export const pruneSnapshots = runbook({
  id: "prune-snapshots",
  summary: "Delete the snapshots that nothing keeps any more, as the plan says.",
  input: z.strictObject({ confirm: z.int().positive().optional() }),
  changes: ["prune-snapshots"],
  disrupts: false,
  scope: "pruning",
  topologies: ["single"],
  impact: "None: nobody is served from snapshots. What is deleted can't be restored any more.",
  plan: ({ confirm }, facts, { keeping }) =>
    keeping.snapshots
      ? { steps: [{ do: "prune-snapshots", asOf: facts.at, confirmed: confirm ?? null, because: "nothing keeps them any more" }], otherwise: [] }
      : { steps: [], otherwise: [], impossible: "no snapshots are kept here" },
});
