import type { Guard } from "./guard.ts";

/** One change at a time: the scope of every lease that disruptive runs share. */
export const FLEET_SCOPE = "fleet";

/** Another change under way has the fleet until its lease is released or runs out. */
export const fleetLease: Guard = (facts, intent, _policy, now) => {
  if (!intent.disrupts) return undefined;
  const other = facts.leases.find((lease) => lease.scope === FLEET_SCOPE && lease.expiresAt > now && lease.execution !== intent.execution);
  return (
    other && {
      verdict: "wait",
      guard: "fleet-lease",
      until: other.expiresAt,
      because: `${other.holder} changes the fleet until ${other.expiresAt.toISOString()} at the latest`,
    }
  );
};
