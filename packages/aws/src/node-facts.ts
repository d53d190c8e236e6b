import type { NodeFacts, Probe } from "@steward/core/fleet/facts";
import type { InstanceView, StatusChecks } from "./ec2.ts";
import type { Target } from "./load-balancer.ts";

export interface Sightings {
  at: Date;
  /** Lifecycle state by instance id, as the group lists it. */
  lifecycles: Map<string, string>;
  instances: InstanceView[];
  checks: Map<string, StatusChecks>;
  targets: Map<string, Target>;
  probes: Map<string, Probe>;
}

/**
 * Every instance that the group lists, and every one of the stage that it does not list (any more) and that is not terminated.
 * An instance that only the group knows counts as launched now: EC2 answers for new ones late.
 */
export function nodesOf({ at, lifecycles, instances, checks, targets, probes }: Sightings): NodeFacts[] {
  const known = new Map(
    instances.filter(({ instanceId, ec2 }) => lifecycles.has(instanceId) || ec2 !== "terminated").map((instance) => [instance.instanceId, instance]),
  );
  const ids = [...new Set([...lifecycles.keys(), ...known.keys()])].toSorted();
  return ids.map((instanceId) => ({
    ...(known.get(instanceId) ?? { instanceId, imageId: "unknown", launchedAt: at, ec2: null }),
    statusChecks: checks.get(instanceId) ?? "unknown",
    lifecycle: lifecycles.get(instanceId) ?? null,
    target: targets.get(instanceId) ?? null,
    probe: probes.get(instanceId) ?? { kind: "not-asked" },
  }));
}
