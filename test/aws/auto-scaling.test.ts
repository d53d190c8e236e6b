import { createAutoScaling } from "@steward/aws/auto-scaling";
import { Permanent, Retryable } from "@steward/core/errors";
import { describe, expect, test } from "vitest";
import { awsError, refuse, stubAws } from "./stub-aws.ts";

const NODE = "i-0123456789abcdef0";

/** A group whose one node is in the given lifecycle state; `undefined` when the group lists no node. */
function given(lifecycle: string | undefined, answers: Parameters<typeof stubAws>[0] = {}) {
  const Instances = lifecycle ? [{ InstanceId: NODE, LifecycleState: lifecycle }] : [];
  const LaunchTemplate = { LaunchTemplateId: "lt-1", LaunchTemplateName: "steward-demo-node", Version: "3" };
  const group = { AutoScalingGroupName: "steward-demo", DesiredCapacity: 2, MinSize: 1, MaxSize: 3, TargetGroupARNs: ["arn:tg"], Instances, LaunchTemplate };
  const done = () => ({});
  const aws = stubAws({
    DescribeAutoScalingGroups: () => ({ AutoScalingGroups: [group] }),
    EnterStandby: done,
    SetDesiredCapacity: done,
    CompleteLifecycleAction: done,
    TerminateInstanceInAutoScalingGroup: done,
    ...answers,
  });
  return { ...aws, autoScaling: createAutoScaling(aws.clients.autoScaling, "steward-demo") };
}

describe("sizing the group", () => {
  test("says all sizes at once, and the template by name and number where it changes", async () => {
    const { autoScaling, inputs } = given(undefined, { UpdateAutoScalingGroup: () => ({}) });
    await autoScaling.resize({ min: 0, max: 3, desired: 1, template: { name: "steward-demo-node", version: 7 } });
    await autoScaling.resize({ min: 1, max: 3, desired: 2, template: null });
    expect(inputs("UpdateAutoScalingGroup")).toEqual([
      {
        AutoScalingGroupName: "steward-demo",
        MinSize: 0,
        MaxSize: 3,
        DesiredCapacity: 1,
        LaunchTemplate: { LaunchTemplateName: "steward-demo-node", Version: "7" },
      },
      { AutoScalingGroupName: "steward-demo", MinSize: 1, MaxSize: 3, DesiredCapacity: 2 },
    ]);
  });

  test("is repeated while a scaling activity is in progress", async () => {
    const { autoScaling } = given(undefined, { UpdateAutoScalingGroup: refuse("ScalingActivityInProgress", "in progress") });
    await expect(autoScaling.resize({ min: 0, max: 1, desired: 1, template: null })).rejects.toBeInstanceOf(Retryable);
  });
});

describe("reading the group", () => {
  test.each([undefined, {}, { LaunchTemplateName: "a" }, { Version: "1" }])("knows no template where the group says %j", async (LaunchTemplate) => {
    const { autoScaling } = given("InService", {
      DescribeAutoScalingGroups: () => ({ AutoScalingGroups: [{ AutoScalingGroupName: "steward-demo", LaunchTemplate }] }),
    });
    expect((await autoScaling.group()).template).toBeNull();
  });

  test("gives its numbers, target groups, and nodes with their lifecycle state", async () => {
    const { autoScaling } = given("Pending:Wait");
    expect(await autoScaling.group()).toEqual({
      name: "steward-demo",
      desired: 2,
      min: 1,
      max: 3,
      targetGroupArns: ["arn:tg"],
      template: { name: "steward-demo-node", version: "3" },
      instances: new Map([[NODE, "Pending:Wait"]]),
    });
  });

  test("fails when there is no such group, instead of calling it empty", async () => {
    const { autoScaling } = given("InService", { DescribeAutoScalingGroups: () => ({ AutoScalingGroups: [] }) });
    await expect(autoScaling.group()).rejects.toBeInstanceOf(Permanent);
  });

  test("lists unfinished activities over pages and stops at the first finished one", async () => {
    const activity = (id: number, StatusCode: string) => ({
      ActivityId: `${id}`,
      Description: "Launching",
      Cause: "because",
      StatusCode,
      StartTime: new Date(id),
    });
    const pages = [
      { Activities: [activity(1, "InProgress"), activity(2, "WaitingForInstanceWarmup")], NextToken: "2" },
      { Activities: [activity(3, "PreInService"), activity(4, "Successful")], NextToken: "3" },
    ];
    const { autoScaling, inputs } = given("InService", { DescribeScalingActivities: (_input, calls) => pages[calls] });
    expect((await autoScaling.activities()).activities.map(({ id, status }) => [id, status])).toEqual([
      ["1", "InProgress"],
      ["2", "WaitingForInstanceWarmup"],
      ["3", "PreInService"],
    ]);
    expect(inputs("DescribeScalingActivities")).toHaveLength(2);
  });

  test.each<[string, object[], string | null]>([
    [
      "what the newest finished activity said when it failed",
      [{ StatusCode: "Failed", StatusMessage: "no capacity in us-east-1a" }],
      "no capacity in us-east-1a",
    ],
    ["that it failed and said nothing", [{ StatusCode: "Failed" }], "nothing"],
    ["no failure that a success has followed", [{ StatusCode: "Successful" }, { StatusCode: "Failed", StatusMessage: "old" }], null],
    ["no failure of one that was cancelled", [{ StatusCode: "Cancelled", StatusMessage: "replaced" }], null],
    ["no failure where nothing has finished yet", [], null],
  ])("tells %s", async (_what, finished, failure) => {
    const Activities = [{ ActivityId: "1", StatusCode: "InProgress", StartTime: new Date(1) }, ...finished];
    const { autoScaling } = given("InService", { DescribeScalingActivities: () => ({ Activities }) });
    const read = await autoScaling.activities();
    expect([read.activities.map(({ id }) => id), read.failure]).toEqual([["1"], failure]);
  });
});

describe("Standby", () => {
  test.each([
    { keepDesired: true, decrement: false },
    { keepDesired: false, decrement: true },
  ])("keeps the desired capacity: $keepDesired", async ({ keepDesired, decrement }) => {
    const { autoScaling, inputs } = given("InService");
    await autoScaling.enterStandby({ instanceId: NODE, keepDesired });
    expect(inputs("EnterStandby")).toEqual([{ AutoScalingGroupName: "steward-demo", InstanceIds: [NODE], ShouldDecrementDesiredCapacity: decrement }]);
  });

  test.each(["Standby", "EnteringStandby", "Terminating:Wait", "Terminated", undefined])("is done for a node that is %s", async (lifecycle) => {
    const { autoScaling, inputs } = given(lifecycle);
    await autoScaling.enterStandby({ instanceId: NODE, keepDesired: false });
    expect(inputs("EnterStandby")).toEqual([]);
  });

  test("is a Permanent failure where AWS says that the state does not allow it", async () => {
    const { autoScaling } = given("Pending:Wait", { EnterStandby: refuse("ValidationError", `The instance ${NODE} is not in InService or Standby.`) });
    await expect(autoScaling.enterStandby({ instanceId: NODE, keepDesired: true })).rejects.toBeInstanceOf(Permanent);
  });
});

describe("desired capacity", () => {
  test("is set when it differs", async () => {
    const { autoScaling, inputs } = given("InService");
    await autoScaling.setDesiredCapacity(3);
    expect(inputs("SetDesiredCapacity")).toEqual([{ AutoScalingGroupName: "steward-demo", DesiredCapacity: 3, HonorCooldown: false }]);
  });

  test("is left alone when it is that already", async () => {
    const { autoScaling, inputs } = given("InService");
    await autoScaling.setDesiredCapacity(2);
    expect(inputs("SetDesiredCapacity")).toEqual([]);
  });

  test("is Retryable while a scaling activity is in progress", async () => {
    const { autoScaling } = given("InService", { SetDesiredCapacity: refuse("ScalingActivityInProgressFault", "Scaling activity in progress") });
    await expect(autoScaling.setDesiredCapacity(3)).rejects.toBeInstanceOf(Retryable);
  });
});

describe("lifecycle hooks", () => {
  const complete = { instanceId: NODE, hook: "steward-demo-admit", result: "CONTINUE" } as const;

  test.each(["Pending:Wait", "Terminating:Wait"])("are answered by instance id for a node in %s", async (lifecycle) => {
    const { autoScaling, inputs } = given(lifecycle);
    await autoScaling.completeLifecycle(complete);
    expect(inputs("CompleteLifecycleAction")).toEqual([
      { AutoScalingGroupName: "steward-demo", LifecycleHookName: "steward-demo-admit", InstanceId: NODE, LifecycleActionResult: "CONTINUE" },
    ]);
  });

  test("count as answered when AWS says that none is active", async () => {
    const { autoScaling, inputs } = given("Pending:Wait", {
      CompleteLifecycleAction: refuse("ValidationError", `No active Lifecycle Action found with instance ID ${NODE}`),
    });
    await autoScaling.completeLifecycle(complete);
    expect(inputs("CompleteLifecycleAction")).toHaveLength(1);
  });

  test.each(["Pending:Proceed", "InService", "Standby", undefined])("are not answered again for a node that is %s", async (lifecycle) => {
    const { autoScaling, inputs } = given(lifecycle);
    await autoScaling.completeLifecycle(complete);
    expect(inputs("CompleteLifecycleAction")).toEqual([]);
  });

  test.each(["Pending", "Terminating"])("are not lost for a node that is only %s: Retryable", async (lifecycle) => {
    const { autoScaling, inputs } = given(lifecycle);
    await expect(autoScaling.completeLifecycle(complete)).rejects.toBeInstanceOf(Retryable);
    expect(inputs("CompleteLifecycleAction")).toEqual([]);
  });

  test("fail for other validation errors", async () => {
    const { autoScaling } = given("Pending:Wait", { CompleteLifecycleAction: refuse("ValidationError", "Lifecycle hook not found") });
    await expect(autoScaling.completeLifecycle(complete)).rejects.toBeInstanceOf(Permanent);
  });
});

describe("ending a node", () => {
  test("keeps the desired capacity, so that the group launches another", async () => {
    const { autoScaling, inputs } = given("Standby");
    await autoScaling.terminate(NODE);
    expect(inputs("TerminateInstanceInAutoScalingGroup")).toEqual([{ InstanceId: NODE, ShouldDecrementDesiredCapacity: false }]);
  });

  test.each(["Terminating", "Terminating:Wait", "Terminating:Proceed", undefined])("is done for a node that is %s", async (lifecycle) => {
    const { autoScaling, inputs } = given(lifecycle);
    await autoScaling.terminate(NODE);
    expect(inputs("TerminateInstanceInAutoScalingGroup")).toEqual([]);
  });

  test("is done when the node went in the meantime", async () => {
    const gone = awsError("ValidationError", `Instance Id not found - No managed instance found for instance ID: ${NODE}`);
    const { autoScaling } = given("InService", { TerminateInstanceInAutoScalingGroup: () => Promise.reject(gone) });
    await expect(autoScaling.terminate(NODE)).resolves.toBeUndefined();
  });
});
