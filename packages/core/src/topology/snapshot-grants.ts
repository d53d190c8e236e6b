import { MARK } from "../retention/marks.ts";
import { grantToEc2, keyVia, made, ours } from "./first-deploy-grants.ts";
import type { Grant } from "./grants.ts";
import { allow } from "./policy.ts";

/** Snapshots, their locks, and whatever may rest on them; none of these describe calls has a resource-level permission. Source: Service authorization reference, "Actions defined by Amazon EC2". */
export const readSnapshots: Grant = () => [
  allow(["ec2:DescribeImages", "ec2:DescribeLaunchTemplateVersions", "ec2:DescribeLockedSnapshots", "ec2:DescribeSnapshots", "ec2:DescribeVolumes"], ["*"]),
];

/**
 * Of the stage's own server and volume, with the stage's tag on what is made; afterwards only the mark that says how it was made, so that
 * nothing of Steward's can touch a hold. The key is asked for by nobody: AWS's own role for snapshots of encrypted volumes has no right to
 * any. Sources: EC2 user guide, "Example policies to control access the Amazon EC2 API: work with snapshots"; AWS managed policy reference,
 * "AWSDataLifecycleManagerServiceRole".
 */
export const createSnapshots: Grant = (a, stage) => [
  allow(["ec2:CreateSnapshots"], [a.anyInstance], { StringEquals: ours(stage) }),
  allow(["ec2:CreateSnapshot", "ec2:CreateSnapshots"], [a.ec2("volume")], { StringEquals: ours(stage) }),
  allow(["ec2:CreateSnapshot", "ec2:CreateSnapshots"], [a.anySnapshot], { StringEquals: made(stage) }),
  allow(["ec2:CreateTags"], [a.anySnapshot], { StringEquals: { "ec2:CreateAction": ["CreateSnapshot", "CreateSnapshots"] } }),
  allow(["ec2:CreateTags"], [a.anySnapshot], {
    StringEquals: ours(stage),
    "ForAllValues:StringEquals": { "aws:TagKeys": MARK.consistency },
    Null: { "aws:TagKeys": "false" },
  }),
];

/** No lock is ever taken off: for that there is no grant. IAM knows no key for the mode of a lock. Source: EBS user guide, "Control access to Amazon EBS snapshot lock". */
export const lockSnapshots: Grant = (a, stage) => [allow(["ec2:LockSnapshot"], [a.anySnapshot], { StringEquals: ours(stage) })];

/** Who is in the archive since when; the call has no resource-level permission. Source: EBS user guide, "Required IAM permissions for archiving Amazon EBS snapshots". */
export const readTiers: Grant = () => [allow(["ec2:DescribeSnapshotTierStatus"], ["*"])];

/** The stage's own, under the key of their volume; brought back is none: for that there is no grant. Same source. */
export const archiveSnapshots: Grant = (a, stage) => [
  allow(["ec2:ModifySnapshotTier"], [a.anySnapshot], { StringEquals: ours(stage) }),
  keyVia(a, "data", { service: "ec2", actions: ["Decrypt", "DescribeKey"] }),
  grantToEc2(a),
];

/**
 * Of the stage's own into the other region alone, with its tag on what is made, under the key there: EC2 takes what it decrypts here and
 * encrypts it there, both with the caller's rights. Source: EBS user guide, "Requirements for Amazon EBS encryption" and "Copy an Amazon EBS snapshot".
 */
export const copySnapshots: Grant = (a, stage) => [
  allow(["ec2:CopySnapshot"], [a.anySnapshot], { StringEquals: ours(stage) }),
  allow(["ec2:CopySnapshot"], [a.anyCopy], { StringEquals: made(stage) }),
  allow(["ec2:CreateTags"], [a.anyCopy], { StringEquals: { "ec2:CreateAction": "CopySnapshot" } }),
  keyVia(a, "data", { service: "ec2", actions: ["Decrypt", "DescribeKey"] }),
  grantToEc2(a),
  allow(["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"], [a.copyKey], { StringEquals: { "kms:ViaService": a.ec2OfCopies } }),
  allow(["kms:CreateGrant"], [a.copyKey], { StringEquals: { "kms:ViaService": a.ec2OfCopies }, Bool: { "kms:GrantIsForAWSResource": "true" } }),
];

/** As at home: the stage's own, and never one with a hold. */
export const deleteCopies: Grant = (a, stage) => [
  allow(["ec2:DeleteSnapshot"], [a.anyCopy], {
    StringEquals: ours(stage),
    Null: { [`aws:ResourceTag/${MARK.hold}`]: "true", [`aws:ResourceTag/${MARK.copyOf}`]: "false" },
  }),
];

/** Never one with a hold, whatever the plan says: there IAM itself refuses. */
export const deleteSnapshots: Grant = (a, stage) => [
  allow(["ec2:DeleteSnapshot"], [a.anySnapshot], { StringEquals: ours(stage), Null: { [`aws:ResourceTag/${MARK.hold}`]: "true" } }),
];
