import type { Change } from "../runbooks/steps.ts";
import type { Names } from "./names.ts";

/** What has a property, or is itself a thing, that changes outside deploys. */
export type OwnedResource =
  | "group"
  | "instance"
  | "image"
  | "launch-template"
  | "data-volume"
  | "snapshot"
  | "drill-copy"
  | "volume-attachment"
  | "address-association"
  | "target-registration"
  | "desired-state"
  | "switch"
  | "secret"
  | "ledger-item"
  | "database"
  | "database-copy"
  | "database-snapshot";

/** One property that is not a deploy's, and how the deploy keeps off it. */
export interface Owned {
  resource: OwnedResource;
  /** Type by Pulumi's name, as in the graph of a deploy. */
  pulumiType: string;
  /** Physical name, where only one of the type is meant. */
  which?: (names: Names) => string;
  /** `*`: the whole thing. */
  property: string;
  /** Steps that change it, or in words who else does. */
  changedBy: readonly Change[] | string;
  /** `absent`: no deploy says it. `ignored`: a deploy says it once, at creation, and never looks again. */
  deployed: "absent" | "ignored";
}

const group = { resource: "group", pulumiType: "aws:autoscaling/group:Group" } as const;
const whole = { property: "*", deployed: "absent" } as const;
const PARAMETER = "aws:ssm/parameter:Parameter";

/**
 * Every property that Steward changes. Two owners of one thing fight: a deploy would undo what Steward did for a reason.
 * So each is absent from what is deployed or ignored there, and no step changes anything outside this table.
 */
export const OWNERSHIP: readonly Owned[] = [
  { ...group, property: "desiredCapacity", changedBy: ["set-desired-capacity", "isolate", "size-group"], deployed: "ignored" },
  { ...group, property: "minSize", changedBy: ["size-group"], deployed: "ignored" },
  { ...group, property: "maxSize", changedBy: ["size-group"], deployed: "ignored" },
  { ...group, property: "launchTemplate", changedBy: ["size-group"], deployed: "ignored" },
  { ...group, property: "suspendedProcesses", changedBy: "Steward, while a change needs the group to hold still", deployed: "ignored" },
  { ...group, property: "vpcZoneIdentifiers", changedBy: "Steward, when it moves the fleet to another zone", deployed: "ignored" },
  { ...group, property: "availabilityZones", changedBy: "follows from the subnets", deployed: "absent" },
  {
    resource: "instance",
    pulumiType: "aws:ec2/instance:Instance",
    ...whole,
    changedBy: [
      "restart-service",
      "init-database",
      "converge",
      "drain",
      "isolate",
      "complete-lifecycle",
      "retire",
      "launch-prover",
      "converge-copy",
      "ask-proof",
      "ask-database-proof",
      "remove-drill",
      "end-server",
    ],
  },
  { resource: "image", pulumiType: "aws:imagebuilder/image:Image", ...whole, changedBy: ["build-image", "disable-image", "deregister-image"] },
  {
    resource: "launch-template",
    pulumiType: "aws:ec2/launchTemplate:LaunchTemplate",
    which: ({ launchTemplate }) => launchTemplate,
    ...whole,
    changedBy: ["write-template"],
  },
  {
    resource: "snapshot",
    pulumiType: "aws:ebs/snapshot:Snapshot",
    ...whole,
    changedBy: ["take-snapshots", "prune-snapshots", "lock-snapshots", "copy-snapshots", "prune-copies", "mark-proof", "clear-left-snapshots"],
  },
  {
    resource: "data-volume",
    pulumiType: "aws:ebs/volume:Volume",
    ...whole,
    changedBy: ["make-volume", "settle-volume", "make-restore-volume", "mark-volumes", "confirm-restore"],
  },
  { resource: "drill-copy", pulumiType: "aws:ebs/volume:Volume", ...whole, changedBy: ["make-copy", "remove-drill"] },
  { resource: "volume-attachment", pulumiType: "aws:ec2/volumeAttachment:VolumeAttachment", ...whole, changedBy: ["attach-volume", "attach-copy"] },
  { resource: "address-association", pulumiType: "aws:ec2/eipAssociation:EipAssociation", ...whole, changedBy: ["move-address"] },
  { resource: "address-association", pulumiType: "aws:ec2/eip:Eip", property: "instance", changedBy: ["move-address"], deployed: "absent" },
  { resource: "target-registration", pulumiType: "aws:lb/targetGroupAttachment:TargetGroupAttachment", ...whole, changedBy: ["isolate", "retire"] },
  {
    resource: "desired-state",
    pulumiType: PARAMETER,
    which: ({ desired }) => desired,
    ...whole,
    changedBy: ["commit-desired"],
  },
  {
    resource: "switch",
    pulumiType: PARAMETER,
    which: (names) => names.switch,
    property: "value",
    changedBy: "an operator, through the runbooks that pause and resume",
    deployed: "ignored",
  },
  {
    resource: "secret",
    pulumiType: "aws:secretsmanager/secret:Secret",
    property: "tags",
    changedBy: "an operator, through `steward secrets`: the fingerprint of what is in it, and that an offline copy is there",
    deployed: "ignored",
  },
  {
    resource: "ledger-item",
    pulumiType: "aws:dynamodb/tableItem:TableItem",
    ...whole,
    changedBy: [
      "remember-lineage",
      "remember-database",
      "write-document",
      "begin-drill",
      "write-drill-document",
      "note-drill",
      "ask-count",
      "conclude-drill",
      "begin-restore",
      "write-restore-document",
      "note-restored",
      "begin-database-drill",
      "check-bucket",
      "end-database-drill",
    ],
  },
  {
    resource: "database",
    pulumiType: "aws:rds/instance:Instance",
    property: "allocatedStorage",
    changedBy: "RDS, when the storage fills",
    deployed: "ignored",
  },
  {
    resource: "database-copy",
    pulumiType: "aws:rds/instance:Instance",
    which: ({ database }) => `${database}-drill`,
    ...whole,
    changedBy: ["restore-database", "remove-database-drill"],
  },
  {
    resource: "database-snapshot",
    pulumiType: "aws:rds/snapshot:Snapshot",
    ...whole,
    changedBy: ["conclude-database-drill", "keep-proven", "remove-database-drill"],
  },
];

/** Properties of a resource that a deploy says once and never touches again. */
export const ignoredOf = (resource: OwnedResource): string[] =>
  OWNERSHIP.filter((owned) => owned.resource === resource && owned.deployed === "ignored").map(({ property }) => property);
