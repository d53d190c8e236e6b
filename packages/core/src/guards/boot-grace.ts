import { after } from "../apply/duration.ts";
import { findNode, isAlive } from "../fleet/standing.ts";
import type { Guard } from "./guard.ts";

/** A young node may still be starting: it gets its time before anybody calls it sick. */
export const bootGrace: Guard = (facts, intent, policy, now) => {
  const node = findNode(facts, intent.instanceId);
  if (!intent.disrupts || intent.resumes || !node || !isAlive(node)) return undefined;
  const until = after(node.launchedAt, policy.bootGrace);
  return until > now
    ? {
        verdict: "wait",
        guard: "boot-grace",
        until,
        because: `${intent.instanceId} was launched at ${node.launchedAt.toISOString()} and has its boot grace until ${until.toISOString()}`,
      }
    : undefined;
};
