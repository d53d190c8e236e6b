import type { Guard } from "./guard.ts";

/** A single server carries the only copy of its data: what replaces it must first prove that nobody writes to the volume any more. */
export const serverVolume: Guard = (_facts, { runbook, instanceId }, { topology }) =>
  topology === "single" && (runbook === "replace-node" || runbook === "admit-node")
    ? {
        verdict: "refuse",
        guard: "server-volume",
        because: `${instanceId} is the only server, and its data volume must be proven free before another may have it: I move no volume, a human has to`,
      }
    : undefined;
