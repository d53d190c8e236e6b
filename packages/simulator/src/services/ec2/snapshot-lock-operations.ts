import type * as sdk from "@aws-sdk/client-ec2";
import { AwsError, type Operations } from "../../account/operation.ts";
import { matches } from "./filters.ts";
import { page } from "./page.ts";
import type { Snapshot } from "./snapshot.ts";
import { type Lock, lockFor, lockShape, lockState } from "./snapshot-lock.ts";
import { onSnapshot } from "./snapshot-rights.ts";
import type { Snapshots } from "./snapshots.ts";
import type { Ec2State } from "./state.ts";

/** Source: EC2 API reference, DescribeLockedSnapshots, "Pagination". */
const MOST = 1_000;

/** EC2's own locks of snapshots. */
export const snapshotLockOperations = ({ snapshots }: Ec2State): Operations<typeof sdk> => ({
  LockSnapshot: {
    rights: ({ SnapshotId }) => [onSnapshot(snapshots, "LockSnapshot", SnapshotId)],
    run: (input) => {
      const snapshot = snapshots.the(input.SnapshotId);
      const lock = lockFor(snapshot, input);
      snapshot.lock = lock;
      const { OwnerId: _, ...shape } = lockShape(snapshot, lock);
      return shape;
    },
  },
  UnlockSnapshot: {
    rights: ({ SnapshotId }) => [onSnapshot(snapshots, "UnlockSnapshot", SnapshotId)],
    run: ({ SnapshotId }) => {
      const snapshot = snapshots.the(SnapshotId);
      if (snapshot.lock && lockState(snapshot.lock, new Date()) === "compliance")
        throw new AwsError("OperationNotPermitted", `The snapshot '${snapshot.id}' is locked in compliance mode and can't be unlocked.`);
      snapshot.lock = undefined;
      return { SnapshotId: snapshot.id };
    },
  },
  DescribeLockedSnapshots: {
    run: (input) => {
      const locked = lockedOf(snapshots, input.SnapshotIds).filter(({ snapshot, lock }) =>
        matches(snapshot, { "lock-state": () => [lockState(lock, new Date())] }, input.Filters),
      );
      const { items, nextToken } = page(locked, {
        keyOf: ({ snapshot }) => snapshot.id,
        limit: Math.min(input.MaxResults ?? MOST, MOST),
        token: input.NextToken,
        invalidToken: () => new AwsError("InvalidNextToken", "The specified token is not valid."),
      });
      return { Snapshots: items.map(({ snapshot, lock }) => lockShape(snapshot, lock)), NextToken: nextToken };
    },
  },
});

const lockedOf = (snapshots: Snapshots, ids: string[] | undefined): { snapshot: Snapshot; lock: Lock }[] =>
  (ids?.length ? ids.map((id) => snapshots.the(id)) : snapshots.all()).flatMap((snapshot) => (snapshot.lock ? [{ snapshot, lock: snapshot.lock }] : []));
