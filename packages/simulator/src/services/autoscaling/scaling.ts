import type { Account } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import type { Group, Member } from "./group.ts";

/** What every part of the service works with. */
export interface Scaling {
  account: Account;
  groups: Map<string, Group>;
  /** While true, every launch by a group fails with `InsufficientInstanceCapacity`. */
  isOutOfCapacity: boolean;
  /**
   * Whether an instance whose launch hook was abandoned passes the terminate hooks. AWS's documentation does not say;
   * assumed that every termination by a group does.
   */
  abandonedLaunchRunsTerminateHook: boolean;
}

/** A wait of the service itself, in virtual time. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Looks again every `everyMs` until `done()` holds. */
export async function until(done: () => boolean, everyMs: number): Promise<void> {
  while (!done()) await pause(everyMs);
}

export const validationError = (message: string): AwsError => new AwsError("ValidationError", message);

export function groupNamed(scaling: Scaling, name: string | undefined): Group {
  const group = scaling.groups.get(name ?? "");
  if (!group) throw validationError(`AutoScalingGroup name not found - AutoScalingGroup '${name}' not found`);
  return group;
}

/** The group's instance, or the error that EC2 Auto Scaling answers for an instance it does not manage. */
export function memberOf(scaling: Scaling, instanceId: string | undefined): { group: Group; member: Member } {
  for (const group of scaling.groups.values()) {
    const member = group.members.get(instanceId ?? "");
    if (member) return { group, member };
  }
  throw validationError(`Instance Id not found - No managed instance found for instance ID: ${instanceId}`);
}

/** The time format of cause texts. */
export const stamp = (at = new Date()): string => `${at.toISOString().slice(0, 19)}Z`;
