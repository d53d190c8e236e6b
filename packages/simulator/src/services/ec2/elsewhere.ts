import * as sdk from "@aws-sdk/client-ec2";
import { ACCOUNT_ID, type Account, REGION } from "../../account/account.ts";
import { AwsError, type Call, type Operations, type Right } from "../../account/operation.ts";
import { requestTagKeys } from "../../iam/tagging.ts";
import { between } from "../../world/chance.ts";
import { Collection, tagContext } from "./collection.ts";
import { matches } from "./filters.ts";
import { SNAPSHOT_FIELDS, type Snapshot, snapshotShape } from "./snapshot.ts";
import { tierOf } from "./snapshot-tier.ts";
import type { Snapshots } from "./snapshots.ts";
import { tagsFor } from "./template-data.ts";

/** The one other region of the account; of its EC2 there are copies of snapshots and nothing that could need them. */
export const OTHER_REGION = "eu-west-1";

/** In ms; EBS promises no time for a copy without a completion duration: assumed. */
const COPYING_MS = [60_000, 600_000] as const;
/** For so long describe calls may not know a new one. Source: EC2 developer guide, "Eventual consistency"; seconds assumed. */
const VISIBLE_MS = [0, 5_000] as const;
/** Source: EBS user guide, "Copy an Amazon EBS snapshot", considerations. */
const MOST_AT_ONCE = 20;
/** What copying asks of the caller for each of the two keys. Source: EBS user guide, "Requirements for Amazon EBS encryption". */
const KEY_RIGHTS = ["kms:DescribeKey", "kms:Decrypt", "kms:CreateGrant"];

type Mishap = "error" | "lost" | "stuck";

const missing = (id: string) => new AwsError("InvalidSnapshot.NotFound", `The snapshot '${id}' does not exist.`);
const arnThere = (id: string): string => `arn:aws:ec2:${OTHER_REGION}::snapshot/${id}`;

/** Snapshots in the other region. Copies tell nothing of their volume. Source: EC2 API reference, "CopySnapshot". */
export class Elsewhere extends Collection<Snapshot> {
  /** How the next copy fails; forgotten with it. */
  next: Mishap | undefined;
  /** ARNs of the keys there are; their policies leave it to IAM, as the default key policy does. */
  readonly keys = new Set<string>();

  constructor() {
    super({ type: "snapshot", prefix: "snap", missing, fields: SNAPSHOT_FIELDS });
  }

  override all(): Snapshot[] {
    return super.all().filter(({ visibleFrom }) => Date.now() >= visibleFrom);
  }

  /** Begins a copy; a key that is not there shows only later, by an error. Source: EBS user guide, "Copy an Amazon EBS snapshot", encryption. */
  begin(source: Snapshot, { tags, keyId }: { tags: Record<string, string>; keyId: string }): Snapshot {
    if ([...this.items.values()].filter(({ state }) => state === "pending").length >= MOST_AT_ONCE)
      throw new AwsError("ResourceLimitExceeded", "Too many snapshot copies in progress. The limit is 20 for this destination region.");
    const mishap = this.next;
    this.next = undefined;
    const begun = { startedAt: new Date(), takesMs: between(...COPYING_MS), visibleFrom: Date.now() + between(...VISIBLE_MS), state: "pending" as const };
    const of = { volumeId: "vol-ffffffff", sizeGib: source.sizeGib, encrypted: true, keyId, description: "", ownerId: ACCOUNT_ID };
    const copy = this.add({ ...of, ...begun, id: this.newId(), number: this.items.size + 1, tags, appConsistent: source.appConsistent });
    const how = mishap === "error" || !this.keys.has(keyId) ? "error" : "completed";
    if (mishap !== "stuck") setTimeout(() => settle(copy, how), copy.takesMs);
    if (mishap === "lost") throw new AwsError("InternalError", "An internal error has occurred", 500);
    return copy;
  }
}

function settle(copy: Snapshot, how: "completed" | "error"): void {
  copy.state = how;
  if (how === "completed") copy.completedAt = new Date();
  else copy.stateMessage = "Given key ID is not accessible";
}

/** Adds the other region's EC2 to the account. */
export function addElsewhere(account: Account, home: Snapshots): Elsewhere {
  const there = new Elsewhere();
  account.add({
    id: "ec2-elsewhere",
    iamPrefix: "ec2",
    module: sdk,
    protocol: "ec2",
    namespace: "http://ec2.amazonaws.com/doc/2016-11-15/",
    operations: { ...copyOperations(there, home), ...nothingElse },
  });
  return there;
}

const copyOperations = (there: Elsewhere, home: Snapshots): Operations<typeof sdk> => ({
  CopySnapshot: {
    rights: (input) => copyRights(home, input),
    run: (input, call) => {
      checkPresigned(input);
      const source = home.the(input.SourceSnapshotId);
      if (source.state !== "completed") throw new AwsError("IncorrectState", `Snapshot is in invalid state - ${source.state}`);
      if (tierOf(source) === "archive") throw new AwsError("IncorrectState", "Snapshot is in the archive tier");
      const keyId = input.KmsKeyId ?? "";
      useKeys(call, source, keyId);
      const copy = there.begin(source, { tags: tagsFor("snapshot", input.TagSpecifications), keyId });
      return { SnapshotId: copy.id };
    },
  },
  DescribeSnapshots: {
    run: ({ Filters }) => ({
      Snapshots: there
        .all()
        .filter((one) => matches(one, SNAPSHOT_FIELDS, Filters))
        .map(snapshotShape),
    }),
  },
  DeleteSnapshot: {
    rights: ({ SnapshotId = "*" }) => [
      {
        action: "ec2:DeleteSnapshot",
        resources: [arnThere(SnapshotId)],
        context: { ...tagContext(there.items.get(SnapshotId)?.tags ?? {}), "ec2:Region": OTHER_REGION },
      },
    ],
    run: ({ SnapshotId }) => {
      there.items.delete(there.the(SnapshotId).id);
      return {};
    },
  },
});

/** There is nothing there that could need a snapshot, and nobody locks one. */
const nothingElse: Operations<typeof sdk> = {
  DescribeLockedSnapshots: { run: () => ({ Snapshots: [] }) },
  DescribeImages: { run: () => ({ Images: [] }) },
  DescribeLaunchTemplateVersions: { run: () => ({ LaunchTemplateVersions: [] }) },
  DescribeVolumes: { run: () => ({ Volumes: [] }) },
};

/** On the source, on what is made, and to tag it. Source: service authorization reference, Amazon EC2, CopySnapshot. */
function copyRights(home: Snapshots, { SourceSnapshotId = "*", TagSpecifications }: sdk.CopySnapshotRequest): Right[] {
  const tags = tagsFor("snapshot", TagSpecifications);
  const context = { "ec2:Region": OTHER_REGION, ...requestTagKeys(tags) };
  const source = { action: "ec2:CopySnapshot", resources: [`arn:aws:ec2:${REGION}::snapshot/${SourceSnapshotId}`] };
  const tagging = { action: "ec2:CreateTags", resources: [arnThere("*")], context: { ...context, "ec2:CreateAction": "CopySnapshot" } };
  return [
    { ...source, context: tagContext(home.items.get(SourceSnapshotId)?.tags ?? {}) },
    { action: "ec2:CopySnapshot", resources: [arnThere("*")], context },
    ...(Object.keys(tags).length > 0 ? [tagging] : []),
  ];
}

/** Of an encrypted snapshot EC2 asks the source's region with an address that the caller has signed for there. Source: EC2 API reference, CopySnapshot, `PresignedUrl`. */
function checkPresigned({ PresignedUrl, SourceRegion, SourceSnapshotId, DestinationRegion }: sdk.CopySnapshotRequest): void {
  const url = new URL(PresignedUrl ?? "https://nowhere.invalid");
  const says = (name: string) => url.searchParams.get(name) ?? "";
  const isSigned = says("X-Amz-Credential").split("/")[2] === SourceRegion && says("X-Amz-Signature") !== "";
  const isSame = says("Action") === "CopySnapshot" && says("SourceSnapshotId") === SourceSnapshotId && says("DestinationRegion") === DestinationRegion;
  if (!isSigned || !isSame || SourceRegion !== REGION || DestinationRegion !== OTHER_REGION)
    throw new AwsError("InvalidParameterValue", "Value for parameter PresignedUrl is invalid.");
}

/** The source's key here, and the copy's there. */
function useKeys({ account, principal }: Call, source: Snapshot, keyId: string): void {
  const forGrant = (action: string): Record<string, string> => (action === "kms:CreateGrant" ? { "kms:GrantIsForAWSResource": "true" } : {});
  for (const action of source.encrypted && source.keyId ? KEY_RIGHTS : [])
    account.links.useKey({ key: source.keyId ?? "", action, by: principal, via: "ec2", context: forGrant(action) });
  for (const action of [...KEY_RIGHTS, "kms:GenerateDataKeyWithoutPlaintext"])
    account.check(principal, { action, resources: [keyId], context: { "kms:ViaService": `ec2.${OTHER_REGION}.amazonaws.com`, ...forGrant(action) } });
}
