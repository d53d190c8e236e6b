import type { PolicyDocument, PolicyStatement } from "@steward/core/topology/policy";
import { expect, test } from "vitest";
import { haTopology } from "../settings.ts";
import { tellRightsStory } from "./rights-story.ts";

/** Granted although no story needs it: by role and grant, with the reason. */
const UNUSED_ON_PURPOSE: [role: RegExp, grant: RegExp, reason: string][] = [
  [/./, /never used: logs:CreateLogStream/, "Lambda and the log agent write logs with the role; the account does not model CloudWatch Logs"],
  [/-remediate$/, /lambda:GetDurableExecutionState/, "read by the durable SDK only when a run has more than a thousand operations"],
  [/-node$/, /never used: ec2messages:/, "the SSM agent is modelled by what it does, not by its calls"],
  [/-node$/, /never used: cloudwatch:PutMetricData/, "the metrics agent is not modelled"],
  [/-node$/, /never used: s3:/, "Package Manager's own traffic with its bucket is not modelled"],
  [/-node$/, /never used: autoscaling:CompleteLifecycleAction/, "the net under Steward, for when Steward is down; here it is up"],
];

test("every right that a role has is needed by some story, and none is missing", async () => {
  const { unused, refused } = await tellRightsStory();
  const lines = Object.entries(unused).flatMap(([role, found]) => found.map((line) => ({ role, line })));
  const excuse = ({ role, line }: (typeof lines)[number]) => UNUSED_ON_PURPOSE.find(([who, what]) => who.test(role) && what.test(line));
  expect(Object.keys(unused).sort()).toEqual(["alert", "node", "observe", "remediate", "runbook"].map((id) => `steward-demo-${id}`));
  expect(lines.filter((one) => !excuse(one))).toEqual([]);
  expect(refused).toEqual([]);
  const needed = new Set(lines.map(excuse));
  expect(UNUSED_ON_PURPOSE.filter((one) => !needed.has(one))).toEqual([]);
}, 120_000);

test("policies of a role that nobody has are no proof of anything", async () => {
  const policy: PolicyDocument = { Version: "2012-10-17", Statement: [] };
  await expect(tellRightsStory({ "steward-demo-nobody": policy })).rejects.toThrow("nobody in the account has the role steward-demo-nobody");
});

test("other policies can be put in place of the topology's: a right they lack is refused, one too many is never used", async () => {
  const own = haTopology().functions.find(({ handler }) => handler === "alert")?.role.policy.Statement ?? [];
  const Statement: PolicyStatement[] = [
    ...own.filter(({ Action }) => !Action.includes("dynamodb:UpdateItem") && !Action.includes("kms:Decrypt")),
    { Sid: "TooMuch", Effect: "Allow", Action: ["ec2:TerminateInstances"], Resource: ["*"] },
  ];
  const { unused, refused } = await tellRightsStory({ "steward-demo-alert": { Version: "2012-10-17", Statement } });
  expect(refused.some((line) => /^dynamodb:\w+ by .*steward-demo-alert/.test(line))).toBe(true);
  expect(unused["steward-demo-alert"]).toContain("statement TooMuch is never used: ec2:TerminateInstances on *");
}, 120_000);
