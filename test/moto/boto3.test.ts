import { afterAll, beforeAll, expect, test } from "vitest";
import { type AccountProcess, startAccountProcess } from "./account-process.ts";
import { READS } from "./account-reads.ts";
import { REFUSALS } from "./account-refusals.ts";
import { runPython } from "./python-clients.ts";

const SCRIPT = new URL("account_reads.py", import.meta.url).pathname;

let account: AccountProcess;
beforeAll(async () => {
  account = await startAccountProcess();
});
afterAll(() => account?.stop());

/** Every call through boto3, in one Python process. */
async function ask(calls: object[]): Promise<unknown[]> {
  const { code, stdout, stderr } = await runPython("python", [SCRIPT], { environment: account.environment, input: JSON.stringify(calls) });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

test("boto3 reads what the CLI reads", async () => {
  const answers = await ask(READS);
  const titled = (values: unknown[]) => READS.map(({ title }, index) => ({ title, answer: values[index] }));
  expect(titled(answers)).toEqual(titled(READS.map(({ expected }) => ({ found: expected }))));
});

test("boto3 is refused what the CLI is refused", async () => {
  const answers = await ask(REFUSALS);
  const expected = REFUSALS.map(({ code, message }) => ({ refused: { code, message: expect.stringContaining(message) } }));
  expect(answers).toEqual(expected);
});

test("boto3 reads times as times, in the world's year", async () => {
  const [instances, group, parameter, alarm, table, caller] = await ask([
    { service: "ec2", method: "describe_instances", query: "Reservations[0].Instances[0].LaunchTime" },
    { service: "autoscaling", method: "describe_auto_scaling_groups", query: "AutoScalingGroups[0].CreatedTime" },
    { service: "ssm", method: "get_parameter", parameters: { Name: "/steward/demo/switch" }, query: "Parameter.LastModifiedDate" },
    { service: "cloudwatch", method: "describe_alarms", query: "MetricAlarms[0].StateUpdatedTimestamp" },
    { service: "dynamodb", method: "describe_table", parameters: { TableName: "steward-demo" }, query: "Table.CreationDateTime" },
    { service: "rds", method: "describe_db_instances", query: "DBInstances[0].InstanceCreateTime" },
  ]);
  for (const answer of [instances, group, parameter, alarm, table, caller]) expect(answer).toEqual({ found: expect.stringMatching(/^2026-01-05T\d\d:/) });
});

test("boto3's waiters find what they wait for", async () => {
  const [groups, nodes] = await ask([
    { service: "elbv2", method: "describe_target_groups", query: "TargetGroups[0].TargetGroupArn" },
    { service: "ec2", method: "describe_instances", query: "Reservations[].Instances[].InstanceId" },
  ]);
  const { found: targetGroup } = groups as { found: string };
  const { found: instances } = nodes as { found: string[] };
  const waits = await ask([
    { service: "ec2", waiter: "instance_running", parameters: { InstanceIds: instances } },
    { service: "ec2", waiter: "instance_status_ok", parameters: { InstanceIds: instances } },
    { service: "elbv2", waiter: "target_in_service", parameters: { TargetGroupArn: targetGroup, Targets: instances.map((Id) => ({ Id })) } },
    { service: "dynamodb", waiter: "table_exists", parameters: { TableName: "steward-demo" } },
    { service: "rds", waiter: "db_instance_available", parameters: { DBInstanceIdentifier: "steward-demo" } },
    { service: "lambda", waiter: "function_active_v2", parameters: { FunctionName: "steward-demo-runbook" } },
  ]);
  expect(waits).toEqual(waits.map(() => ({ found: null })));
  expect(waits).toHaveLength(6);
});
