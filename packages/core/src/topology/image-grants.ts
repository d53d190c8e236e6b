import { IMAGE_MARK } from "../image/image-facts.ts";
import { MARK } from "../retention/marks.ts";
import { ours, readImages } from "./first-deploy-grants.ts";
import type { Grant } from "./grants.ts";
import { allow } from "./policy.ts";

/**
 * Images, what they rest on with its locks, and whatever may be launched from them: instances, launch templates, and the groups that name
 * a version of one. All but the first of these describe calls know no resource. Source: Service authorization reference, "Actions defined by Amazon EC2" and "by Amazon EC2 Auto Scaling".
 */
export const readOwnImages: Grant = (a, stage) => [
  ...readImages(a, stage),
  allow(["ec2:DescribeImageAttribute"], [a.anyImage], { StringEquals: ours(stage) }),
  allow(
    [
      "autoscaling:DescribeAutoScalingGroups",
      "ec2:DescribeInstances",
      "ec2:DescribeLaunchTemplateVersions",
      "ec2:DescribeLockedSnapshots",
      "ec2:DescribeSnapshots",
    ],
    ["*"],
  ),
];

/** A golden image of the stage, or what it rests on; never one with a hold, whatever the plan says: there IAM itself refuses. */
const golden = (stage: string) => ({
  StringEquals: ours(stage),
  Null: { [`aws:ResourceTag/${IMAGE_MARK.golden}`]: "false", [`aws:ResourceTag/${MARK.hold}`]: "true" },
});

/** With that one tag and no other, so that nothing of Steward's can touch a hold. */
export const disableImages: Grant = (a, stage) => [
  allow(["ec2:DisableImage"], [a.anyImage], golden(stage)),
  allow(["ec2:CreateTags"], [a.anyImage], {
    StringEquals: ours(stage),
    "ForAllValues:StringEquals": { "aws:TagKeys": IMAGE_MARK.disabledAt },
    Null: { "aws:TagKeys": "false" },
  }),
];

/** The pipeline's tags are on the snapshots too; snapshots of data have none of them. */
export const deregisterImages: Grant = (a, stage) => [
  allow(["ec2:DeregisterImage"], [a.anyImage], golden(stage)),
  allow(["ec2:DeleteSnapshot"], [a.anySnapshot], golden(stage)),
];

/** Since when a snapshot is left, and its deletion a day later. */
export const clearLeftSnapshots: Grant = (a, stage) => [
  allow(["ec2:CreateTags"], [a.anySnapshot], {
    StringEquals: ours(stage),
    "ForAllValues:StringEquals": { "aws:TagKeys": IMAGE_MARK.leftAt },
    Null: { [`aws:ResourceTag/${IMAGE_MARK.golden}`]: "false", "aws:TagKeys": "false" },
  }),
  allow(["ec2:DeleteSnapshot"], [a.anySnapshot], golden(stage)),
];
