import { z } from "zod";
import { runbook } from "./runbook.ts";

/** Which are locked follows from the settings and from what EC2 shows when it is done. */
export const lockSnapshots = runbook({
  id: "lock-snapshots",
  summary: "Lock the newest good snapshots in EC2, in governance mode, as the settings say.",
  input: z.strictObject({}),
  changes: ["lock-snapshots"],
  disrupts: false,
  scope: "locks",
  topologies: ["single"],
  impact: "None: nobody is served from snapshots. What is locked can't be deleted until its lock ends or somebody takes it off.",
  plan: (_input, _facts, { keeping }) =>
    keeping.snapshots?.lock
      ? { steps: [{ do: "lock-snapshots", because: `the newest ${keeping.snapshots.lock.newest} are to be locked` }], otherwise: [] }
      : { steps: [], otherwise: [], impossible: "the settings lock no snapshots" },
});
