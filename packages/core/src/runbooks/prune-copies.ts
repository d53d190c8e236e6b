import { z } from "zod";
import { runbook } from "./runbook.ts";

/** As `prune-snapshots`, in the other region, of copies alone and by their own numbers. */
export const pruneCopies = runbook({
  id: "prune-copies",
  summary: "Delete the copies in the other region that nothing keeps any more.",
  input: z.strictObject({ confirm: z.int().positive().optional() }),
  changes: ["prune-copies"],
  disrupts: false,
  scope: "pruning-copies",
  topologies: ["single"],
  impact: "None: nobody is served from snapshots. What is deleted can't be restored any more.",
  plan: ({ confirm }, facts, { keeping }) =>
    keeping.snapshots?.copy
      ? { steps: [{ do: "prune-copies", asOf: facts.at, confirmed: confirm ?? null, because: "nothing keeps them any more" }], otherwise: [] }
      : { steps: [], otherwise: [], impossible: "the settings copy no snapshots" },
});
