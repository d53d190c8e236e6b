import { createAlarms } from "@steward/aws/alarms";
import { createDatabase } from "@steward/aws/database";
import { createEc2 } from "@steward/aws/ec2";
import { createLoadBalancer } from "@steward/aws/load-balancer";
import { createParameters } from "@steward/aws/parameters";
import { Permanent, Retryable } from "@steward/core/errors";
import { names } from "@steward/core/topology/names";
import { describe, expect, test } from "vitest";
import { desired } from "../core/builders.ts";
import { refuse, stubAws } from "./stub-aws.ts";

const ONE = "i-0123456789abcdef0";
const TWO = "i-0fedcba9876543210";
const LAUNCHED = new Date("2026-01-05T08:00:00.000Z");

describe("instances", () => {
  const instance = (InstanceId: string, Name: string) => ({ InstanceId, ImageId: "ami-1", LaunchTime: LAUNCHED, State: { Name } });

  test("of a stage are found by tag, over pages", async () => {
    const pages = [
      { Reservations: [{ Instances: [instance(ONE, "running")] }], NextToken: "2" },
      { Reservations: [{ Instances: [instance(TWO, "terminated")] }] },
    ];
    const { clients, inputs } = stubAws({ DescribeInstances: (_input, calls) => pages[calls] });
    expect(await createEc2(clients.ec2).ofStage("demo")).toEqual([
      { instanceId: ONE, imageId: "ami-1", launchedAt: LAUNCHED, ec2: "running" },
      { instanceId: TWO, imageId: "ami-1", launchedAt: LAUNCHED, ec2: "terminated" },
    ]);
    expect(inputs("DescribeInstances")[0]).toMatchObject({ Filters: [{ Name: "tag:steward:stage", Values: ["demo"] }] });
  });

  test("by id are asked for by filter, and nothing is asked for nobody", async () => {
    const { clients, inputs } = stubAws({ DescribeInstances: () => ({ Reservations: [] }) });
    const ec2 = createEc2(clients.ec2);
    expect(await ec2.byIds([ONE])).toEqual([]);
    expect(await ec2.byIds([])).toEqual([]);
    expect(inputs("DescribeInstances")).toEqual([expect.objectContaining({ Filters: [{ Name: "instance-id", Values: [ONE] }] })]);
  });
});

describe("status checks", () => {
  const status = (InstanceId: string, instance: string, system: string, ebs?: string) => ({
    InstanceId,
    InstanceStatus: { Status: instance },
    SystemStatus: { Status: system },
    ...(ebs && { AttachedEbsStatus: { Status: ebs } }),
  });

  test.each([
    ["ok", "ok", undefined, "ok"],
    ["ok", "ok", "impaired", "impaired"],
    ["impaired", "ok", "ok", "impaired"],
    ["ok", "impaired", "ok", "impaired"],
    ["initializing", "ok", "initializing", "initializing"],
    ["insufficient-data", "ok", "ok", "unknown"],
    ["not-applicable", "not-applicable", undefined, "unknown"],
  ])("instance %s, system %s, volumes %s are %s", async (instance, system, ebs, word) => {
    const { clients, inputs } = stubAws({ DescribeInstanceStatus: () => ({ InstanceStatuses: [status(ONE, instance, system, ebs)] }) });
    expect(await createEc2(clients.ec2).statusChecks([ONE])).toEqual(new Map([[ONE, word]]));
    expect(inputs("DescribeInstanceStatus")).toEqual([{ InstanceIds: [ONE], IncludeAllInstances: true }]);
  });

  test("of one node are not hidden by another that EC2 does not know yet", async () => {
    const DescribeInstanceStatus = ({ InstanceIds }: Record<string, unknown>) =>
      (InstanceIds as string[]).includes(TWO)
        ? refuse("InvalidInstanceID.NotFound", `The instance ID '${TWO}' does not exist`)()
        : { InstanceStatuses: [status(ONE, "ok", "ok")] };
    const { clients } = stubAws({ DescribeInstanceStatus });
    expect(await createEc2(clients.ec2).statusChecks([ONE, TWO])).toEqual(new Map([[ONE, "ok"]]));
  });

  test("that can't be read are a failure", async () => {
    const { clients } = stubAws({ DescribeInstanceStatus: refuse("RequestLimitExceeded", "Request limit exceeded.", 503) });
    await expect(createEc2(clients.ec2).statusChecks([ONE])).rejects.toBeInstanceOf(Retryable);
  });
});

test("target health comes with AWS's reason, for every target group", async () => {
  const health = {
    a: [{ Target: { Id: ONE }, TargetHealth: { State: "unhealthy", Reason: "Target.Timeout" } }],
    b: [{ Target: { Id: TWO }, TargetHealth: { State: "healthy" } }],
  };
  const { clients } = stubAws({ DescribeTargetHealth: ({ TargetGroupArn }) => ({ TargetHealthDescriptions: health[TargetGroupArn as "a" | "b"] }) });
  expect(await createLoadBalancer(clients.loadBalancing).targets(["a", "b"])).toEqual(
    new Map([
      [ONE, { state: "unhealthy", reason: "Target.Timeout" }],
      [TWO, { state: "healthy", reason: null }],
    ]),
  );
});

test("alarm states are read by prefix, over pages, metric alarms only", async () => {
  const pages = [
    { MetricAlarms: [{ AlarmName: "steward-demo-a", StateValue: "ALARM" }], NextToken: "2" },
    { MetricAlarms: [{ AlarmName: "steward-demo-b", StateValue: "OK" }] },
  ];
  const { clients, inputs } = stubAws({ DescribeAlarms: (_input, calls) => pages[calls] });
  expect(await createAlarms(clients.cloudWatch).states("steward-demo-")).toEqual([
    { name: "steward-demo-a", state: "ALARM" },
    { name: "steward-demo-b", state: "OK" },
  ]);
  expect(inputs("DescribeAlarms")[0]).toMatchObject({ AlarmNamePrefix: "steward-demo-", AlarmTypes: ["MetricAlarm"] });
});

describe("the database", () => {
  test("has RDS's own status", async () => {
    const { clients } = stubAws({ DescribeDBInstances: () => ({ DBInstances: [{ DBInstanceStatus: "storage-full" }] }) });
    expect(await createDatabase(clients.rds).status("steward-demo")).toEqual({ id: "steward-demo", status: "storage-full" });
  });

  test.each([
    [
      { Endpoint: { Address: "demo.example.com" }, MasterUserSecret: { SecretArn: "arn:secret" } },
      { host: "demo.example.com", masterSecret: "arn:secret" },
    ],
    [{ Endpoint: { Address: "demo.example.com" } }, null],
    [{ MasterUserSecret: { SecretArn: "arn:secret" } }, null],
    [{}, null],
  ])("that RDS describes as %j answers at %j", async (described, endpoint) => {
    const { clients } = stubAws({ DescribeDBInstances: () => ({ DBInstances: [described] }) });
    expect(await createDatabase(clients.rds).endpoint("steward-demo")).toEqual(endpoint);
  });

  test("that RDS does not know is a failure and not an absence", async () => {
    const { clients } = stubAws({ DescribeDBInstances: refuse("DBInstanceNotFoundFault", "DBInstance steward-demo not found.", 404) });
    await expect(createDatabase(clients.rds).status("steward-demo")).rejects.toBeInstanceOf(Permanent);
    await expect(createDatabase(clients.rds).endpoint("steward-demo")).rejects.toBeInstanceOf(Permanent);
  });
});

describe("parameters", () => {
  const named = (answers: Parameters<typeof stubAws>[0]) => {
    const { clients, inputs } = stubAws(answers);
    return { parameters: createParameters(clients.ssm, names("demo")), inputs };
  };
  const holding = (Value: string) => named({ GetParameter: () => ({ Parameter: { Value } }) }).parameters;

  test("give the switch with its reason", async () => {
    expect(await holding('{"position":"off","because":"maintenance"}').switch()).toEqual({ position: "off", because: "maintenance" });
  });

  test("give the desired state", async () => {
    expect(await holding(JSON.stringify(desired)).desired()).toEqual(desired);
  });

  test.each(["", "on", '{"position":"ON"}', '"on"', "{}"])("do not take %j for a switch", async (text) => {
    await expect(holding(text).switch()).rejects.toBeInstanceOf(Permanent);
  });

  test("that are missing are a failure", async () => {
    const { parameters } = named({ GetParameter: refuse("ParameterNotFound", "") });
    await expect(parameters.switch()).rejects.toBeInstanceOf(Permanent);
    await expect(parameters.declared((value) => value)).rejects.toBeInstanceOf(Permanent);
  });

  test("of the desired state may be missing: nothing is in effect then", async () => {
    expect(await named({ GetParameter: refuse("ParameterNotFound", "") }).parameters.desired()).toBeNull();
  });

  test.each(["AccessDeniedException", "ThrottlingException", "InternalServerError"])("of the desired state that answer %s are not missing", async (code) => {
    await expect(named({ GetParameter: refuse(code, "") }).parameters.desired()).rejects.toThrow(code);
  });

  test("of what was declared are read as whoever asks understands them", async () => {
    const { parameters, inputs } = named({ GetParameter: () => ({ Parameter: { Value: '{"sha256":"a"}' } }) });
    expect(await parameters.declared((value) => value)).toEqual({ sha256: "a" });
    expect(inputs("GetParameter")).toEqual([{ Name: "/steward/demo/declared" }]);
  });

  test("put a first desired state only where there is none, and the next in its place", async () => {
    const first = JSON.stringify({ ...desired, revision: 1 });
    const { parameters, inputs } = named({ PutParameter: () => ({ Version: 1 }), GetParameter: () => ({ Parameter: { Value: first } }) });
    for (const revision of [1, 2]) await parameters.commit({ ...desired, revision });
    const written = (revision: number) => ({ Name: "/steward/demo/desired", Type: "String", Value: JSON.stringify({ ...desired, revision }) });
    expect(inputs("PutParameter")).toEqual([
      { ...written(1), Overwrite: false },
      { ...written(2), Overwrite: true },
    ]);
  });

  test("of a first desired state that is there already are left alone", async () => {
    const first = { ...desired, revision: 1 };
    const there = (state: unknown) =>
      named({
        PutParameter: refuse("ParameterAlreadyExists", "The parameter already exists."),
        GetParameter: () => ({ Parameter: { Value: JSON.stringify(state) } }),
      });
    await expect(there({ ...first, version: "another" }).parameters.commit(first)).rejects.toThrow("ParameterAlreadyExists");
    await expect(there(first).parameters.commit(first)).resolves.toBeUndefined();
    await expect(named({ PutParameter: refuse("AccessDeniedException", "no") }).parameters.commit(first)).rejects.toThrow("AccessDeniedException");
  });

  test("put a desired state only where it follows the one in effect, or is it", async () => {
    const onto = async (revision: number) => {
      const inEffect = { Parameter: { Value: JSON.stringify({ ...desired, revision }) } };
      const { parameters, inputs } = named({ PutParameter: () => ({ Version: 1 }), GetParameter: () => inEffect });
      const failed = await parameters.commit({ ...desired, revision: 3 }).catch((error: unknown) => error);
      return [inputs("PutParameter").length, failed];
    };
    expect([await onto(2), await onto(3)]).toEqual([
      [1, undefined],
      [1, undefined],
    ]);
    for (const revision of [1, 4])
      expect(await onto(revision)).toEqual([0, new Permanent(`revision ${revision} is in effect, and revision 3 does not follow it`)]);
    const { parameters, inputs } = named({ PutParameter: () => ({ Version: 1 }), GetParameter: refuse("ParameterNotFound", "") });
    await expect(parameters.commit({ ...desired, revision: 2 })).rejects.toBeInstanceOf(Permanent);
    expect(inputs("PutParameter")).toEqual([]);
  });

  test("never show their value in a failure", async () => {
    const failure = await holding('{"desired":1,"revision":"hunter2"}')
      .desired()
      .catch((error: unknown) => String(error));
    expect(failure).toContain("/steward/demo/desired");
    expect(failure).not.toContain("hunter2");
  });
});
