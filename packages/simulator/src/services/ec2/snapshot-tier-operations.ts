import type * as sdk from "@aws-sdk/client-ec2";
import { AwsError, type Call, type Operations } from "../../account/operation.ts";
import { matches } from "./filters.ts";
import { page } from "./page.ts";
import { SNAPSHOT_FIELDS, type Snapshot } from "./snapshot.ts";
import { onSnapshot } from "./snapshot-rights.ts";
import { sendToArchive, tierShape } from "./snapshot-tier.ts";
import type { Ec2State } from "./state.ts";

/** In one answer; EC2 documents no bound for this operation, assumed as for snapshots. */
const MOST = 1_000;
/** What archiving asks of whoever asks for it. Source: EBS user guide, "Required IAM permissions for archiving Amazon EBS snapshots". */
const NEEDED = ["kms:DescribeKey", "kms:Decrypt", "kms:CreateGrant"];

/** EBS's archive tier: into it, and who is there. */
export const snapshotTierOperations = ({ snapshots, images }: Ec2State): Operations<typeof sdk> => ({
  ModifySnapshotTier: {
    rights: ({ SnapshotId }) => [onSnapshot(snapshots, "ModifySnapshotTier", SnapshotId)],
    run: ({ SnapshotId, StorageTier }, call) => {
      if (StorageTier !== "archive") throw new AwsError("InvalidParameterValue", `Value (${StorageTier}) for parameter storageTier is invalid.`);
      const snapshot = snapshots.the(SnapshotId);
      useKey(call, snapshot);
      const user = images.restingOn(snapshot);
      const { startedAt } = sendToArchive(snapshot, snapshots.all(), user !== undefined && user.state !== "disabled");
      return { SnapshotId: snapshot.id, TieringStartTime: startedAt };
    },
  },
  DescribeSnapshotTierStatus: {
    run: ({ Filters, MaxResults, NextToken }) => {
      const fields = { ...SNAPSHOT_FIELDS, "last-tiering-operation": (one: Snapshot) => [tierShape(one).LastTieringOperationStatus ?? ""] };
      const found = snapshots.all().filter((snapshot) => matches(snapshot, fields, Filters));
      const invalidToken = () => new AwsError("InvalidNextToken", "The specified token is not valid.");
      const { items, nextToken } = page(found, { keyOf: ({ id }) => id, limit: Math.min(MaxResults ?? MOST, MOST), token: NextToken, invalidToken });
      return { SnapshotTierStatuses: items.map(tierShape), NextToken: nextToken };
    },
  },
});

/** An encrypted one is moved under its key, with rights of the caller's own. */
function useKey({ account, principal }: Call, { encrypted, keyId }: Snapshot): void {
  if (!encrypted || keyId === undefined || keyId.endsWith("alias/aws/ebs")) return;
  for (const action of NEEDED) {
    const context: Record<string, string> = action === "kms:CreateGrant" ? { "kms:GrantIsForAWSResource": "true" } : {};
    account.links.useKey({ key: keyId, action, by: principal, via: "ec2", context });
  }
}
