import { after } from "../apply/duration.ts";
import type { Guard } from "./guard.ts";

/** From the claim of a slot, or from asking EC2, until the volume has been let go for certain. */
const LET_GO_WITHIN = { minutes: 1 };

/** A server whose volume stands still for a snapshot refuses every command, which would look like a cure that does not help. */
export const frozenVolume: Guard = (facts, intent, _policy, now) => {
  if (!intent.disrupts) return undefined;
  const taking = facts.slots.find(({ state, at }) => (state === "claimed" || state === "creating") && after(at, LET_GO_WITHIN) > now);
  return (
    taking && {
      verdict: "wait",
      guard: "frozen-volume",
      until: after(taking.at, LET_GO_WITHIN),
      because: `the data volume stands still for the snapshot of ${taking.slot.toISOString()}`,
    }
  );
};
