import { RUNBOOKS } from "../runbooks/registry.ts";
import type { Guard } from "./guard.ts";

/** A single server carries the only copy of its data: who brings another must first prove that nobody writes to the volume any more. */
export const serverVolume: Guard = (_facts, { runbook, instanceId }, { topology }) =>
  RUNBOOKS[runbook].topologies.includes(topology)
    ? undefined
    : {
        verdict: "refuse",
        guard: "server-volume",
        because: `${instanceId} is the only server, and its data volume must be proven free before another may have it: I do not move it, a human has to`,
      };
