import type * as sdk from "@aws-sdk/client-ec2";
import { AwsError } from "../../account/operation.ts";
import type { Snapshot } from "./snapshot.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Source of the bounds: EC2 API reference, LockSnapshot. */
const MOST_DAYS = 36_500;
const MOST_COOL_OFF_HOURS = 72;

/** EC2's lock of a snapshot, for some days or until a date. */
export interface Lock {
  mode: sdk.LockMode;
  createdAt: Date;
  days?: number | undefined;
  /** Where the lock was made to end at a date. */
  date?: Date | undefined;
  coolOffHours?: number | undefined;
  /** From when the days count: not before the snapshot is complete. Source: EBS user guide, "Considerations for Amazon EBS snapshot lock". */
  startsAt?: Date | undefined;
}

/** When a lock ends; undefined while nobody can know. */
function lockEnd({ days, date, startsAt }: Lock): Date | undefined {
  if (date) return date;
  return startsAt && days !== undefined ? new Date(startsAt.getTime() + days * DAY_MS) : undefined;
}

const coolOffEnd = ({ createdAt, coolOffHours = 0 }: Lock): Date => new Date(createdAt.getTime() + coolOffHours * HOUR_MS);

/** Source: EC2 API reference, LockedSnapshotsInfo, `LockState`. */
export function lockState(lock: Lock, now: Date): sdk.LockState {
  const end = lockEnd(lock);
  if (end && end <= now) return "expired";
  if (lock.mode === "governance") return "governance";
  return coolOffEnd(lock) > now ? "compliance-cooloff" : "compliance";
}

/** Whether nobody may delete the snapshot now. */
export const isLocked = ({ lock }: Snapshot): boolean => lock !== undefined && lockState(lock, new Date()) !== "expired";

/** The lock that a request asks for; refuses what EC2 does not allow for this snapshot. Source: EC2 API reference, LockSnapshot. */
export function lockFor(snapshot: Snapshot, input: sdk.LockSnapshotRequest): Lock {
  if (snapshot.state === "error") throw new AwsError("IncorrectState", `The snapshot '${snapshot.id}' is in the 'error' state.`);
  checkTerms(input);
  const now = new Date();
  const { LockMode: mode = "governance", LockDuration: days, ExpirationDate: date, CoolOffPeriod: coolOffHours } = input;
  const lock = { mode, createdAt: now, days, date, coolOffHours, startsAt: snapshot.state === "completed" ? now : undefined };
  if (snapshot.lock && lockState(snapshot.lock, now) === "compliance") requireExtension(snapshot.lock, lock);
  return lock;
}

function checkTerms({ LockMode, LockDuration, ExpirationDate, CoolOffPeriod }: sdk.LockSnapshotRequest): void {
  if (LockMode !== "governance" && LockMode !== "compliance") throw invalid(`Value (${LockMode}) for parameter lockMode is invalid.`);
  if ((LockDuration === undefined) === (ExpirationDate === undefined))
    throw new AwsError("InvalidParameterCombination", "You must specify either a lock duration or an expiration date, but not both.");
  if (LockDuration !== undefined && (LockDuration < 1 || LockDuration > MOST_DAYS)) throw invalid(`The lock duration must be from 1 to ${MOST_DAYS} days.`);
  if (ExpirationDate !== undefined && ExpirationDate <= new Date()) throw invalid("The expiration date must be in the future.");
  if (CoolOffPeriod === undefined) return;
  if (LockMode === "governance") throw new AwsError("InvalidParameterCombination", "A cooling-off period is not supported in governance mode.");
  if (CoolOffPeriod < 1 || CoolOffPeriod > MOST_COOL_OFF_HOURS) throw invalid(`The cooling-off period must be from 1 to ${MOST_COOL_OFF_HOURS} hours.`);
}

function requireExtension(before: Lock, after: Lock): void {
  const [old, wanted] = [lockEnd(before), lockEnd(after)];
  if (after.mode === "compliance" && after.coolOffHours === undefined && old && wanted && wanted >= old) return;
  throw new AwsError("OperationNotPermitted", "A lock in compliance mode can only be extended after the cooling-off period.");
}

/** A lock as EC2 describes it. */
export const lockShape = ({ id, ownerId }: Snapshot, lock: Lock): sdk.LockedSnapshotsInfo => ({
  OwnerId: ownerId,
  SnapshotId: id,
  LockState: lockState(lock, new Date()),
  LockDuration: lock.days,
  CoolOffPeriod: lock.coolOffHours,
  CoolOffPeriodExpiresOn: lock.coolOffHours === undefined ? undefined : coolOffEnd(lock),
  LockCreatedOn: lock.createdAt,
  LockDurationStartTime: lock.startsAt,
  LockExpiresOn: lockEnd(lock),
});

const invalid = (message: string): AwsError => new AwsError("InvalidParameterValue", message);
