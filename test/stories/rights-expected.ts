import type { TopologyKind } from "@steward/core/topology/topology";
import { haTopology, singleTopology } from "../settings.ts";
import type { RightsReport } from "./rights-story.ts";

/** Granted although no story needs it: by role and grant, with the reason and where it is so. */
const UNUSED_ON_PURPOSE: { role: RegExp; grant: RegExp; because: string; only?: TopologyKind }[] = [
  {
    role: /./,
    grant: /never used: logs:CreateLogStream/,
    because: "Lambda and the log agent write logs with the role; the account does not model CloudWatch Logs",
  },
  { role: /-remediate$/, grant: /lambda:GetDurableExecutionState/, because: "read by the durable SDK only when a run has more than a thousand operations" },
  {
    role: /-remediate$/,
    grant: /never used: ec2:CreateLaunchTemplateVersion/,
    because: "asked for when another image follows before the first one serves",
  },
  {
    role: /-(runbook|keep-snapshots)$/,
    grant: /never used: rds:DescribeDBSnapshots on .*:snapshot:\*/,
    because: "listed are the snapshots of one database; AWS's reference names both types and not which of them such a request is judged by",
    only: "ha",
  },
  {
    role: /-keep-snapshots$/,
    grant: /never needs the action dynamodb:UpdateItem/,
    because: "leases of runs that died are freed by whoever looks first, which here is observe",
    only: "ha",
  },
  {
    role: /-node-builder$/,
    grant: /never used: s3:GetObject on arn:aws:s3:::ec2imagebuilder/,
    because: "what Image Builder's own program fetches on the instance is not modelled",
  },
  { role: /-node-builder$/, grant: /never used: ssmmessages:/, because: "what Image Builder's instances do is modelled, not the instances" },
  { role: /-node$/, grant: /never used: cloudwatch:PutMetricData/, because: "the metrics agent is not modelled" },
  { role: /-node$/, grant: /never used: s3:/, because: "Package Manager's own traffic with its bucket is not modelled", only: "ha" },
  {
    role: /-node$/,
    grant: /never used: autoscaling:CompleteLifecycleAction/,
    because: "the net under Steward, for when Steward is down; here it is up",
    only: "ha",
  },
];

/** Whoever has rights at all. */
function rolesIn(topology: TopologyKind): string[] {
  const { functions, nodeRole, drillRole, image } = topology === "ha" ? haTopology() : singleTopology();
  return [nodeRole, ...(drillRole ? [drillRole] : []), image.builder.role, ...functions.map(({ role }) => role)].map(({ name }) => name);
}

/** What `unexpected` finds when every role has what its stories need, and no more than is excused. */
export const NOTHING_UNEXPECTED = { missing: [], strangers: [], unused: [], refused: [], excusesWithoutNeed: [] };

/** What a story's report says beyond what is expected of it: rights that nobody needed, calls that were refused, and excuses that nothing needed. */
export function unexpected(topology: TopologyKind, { unused, refused }: RightsReport) {
  const roles = rolesIn(topology);
  const excuses = UNUSED_ON_PURPOSE.filter(({ only = topology }) => only === topology);
  const lines = Object.entries(unused).flatMap(([role, found]) => found.map((line) => ({ role, line })));
  const excuseOf = ({ role, line }: (typeof lines)[number]) => excuses.find((one) => one.role.test(role) && one.grant.test(line));
  const needed = new Set(lines.map(excuseOf));
  return {
    missing: roles.filter((role) => !(role in unused)),
    strangers: Object.keys(unused).filter((role) => !roles.includes(role)),
    unused: lines.filter((line) => !excuseOf(line)),
    refused,
    excusesWithoutNeed: excuses.filter((excuse) => !needed.has(excuse)),
  };
}
