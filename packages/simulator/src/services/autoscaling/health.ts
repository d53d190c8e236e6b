import { type Group, type Member, runs } from "./group.ts";
import type { Scaling } from "./scaling.ts";

/**
 * Auto Scaling leaves EC2 "a few minutes" to recover an instance whose status checks fail before it acts on them
 * (Auto Scaling FAQ); five are assumed.
 */
const IMPAIRED_MS = 5 * 60_000;

/** What makes an instance unhealthy, in the words of cause texts. */
export type Ailment = "ended" | "impaired" | "custom";

/** Looks at every instance in service and marks the unhealthy ones; Standby and waiting instances are not looked at. */
export function judgeHealth(scaling: Scaling, group: Group): void {
  if (!runs(group, "HealthCheck")) return;
  for (const member of group.members.values()) if (member.state === "InService" && member.isHealthy && ails(scaling, group, member)) member.isHealthy = false;
}

function ails(scaling: Scaling, group: Group, member: Member): boolean {
  const seen = scaling.account.links.instanceState(member.instanceId);
  // Not running is unhealthy at once, grace period or not (Auto Scaling user guide, "Health check grace period").
  if (seen?.state !== "running") return true;
  if (seen.statusOk) delete member.impairedSince;
  else member.impairedSince ??= Date.now();
  return member.impairedSince !== undefined && Date.now() - member.impairedSince >= IMPAIRED_MS && !isInGrace(group, member);
}

export const isInGrace = (group: Group, member: Member): boolean => Date.now() < (member.inServiceAt ?? 0) + group.graceSeconds * 1_000;

/** Why an unhealthy instance is one. */
export function ailmentOf(scaling: Scaling, member: Member): Ailment {
  if (scaling.account.links.instanceState(member.instanceId)?.state !== "running") return "ended";
  return member.impairedSince === undefined ? "custom" : "impaired";
}

/** Source: Auto Scaling user guide, "Verify a scaling activity", and its examples of replaced instances. */
export const AILMENT_CAUSES: Record<Ailment, string> = {
  ended: "an instance was taken out of service in response to an EC2 health check indicating it has been terminated or stopped.",
  impaired: "an instance was taken out of service in response to an EC2 instance status checks failure.",
  custom: "an instance was taken out of service in response to a user health-check.",
};
