import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { rightProblems } from "@steward/simulator/iam/validate";
import { advance, advanceUntil, drive } from "@steward/simulator/world/drive";
import { describe, expect, test } from "vitest";
import { demoTopology, deployedWorld } from "./deploy-fixture.ts";

const MINUTE = 60_000;

describe("a deployed topology", () => {
  test("has every rule and schedule, with its pattern, its target and its dead-letter queue", async () => {
    const { operator, topology, deployed } = await deployedWorld();
    for (const rule of topology.rules) {
      const found = await drive(() => operator("events", "DescribeRule", { Name: rule.name, EventBusName: rule.bus }));
      const { Targets } = await drive(() => operator("events", "ListTargetsByRule", { Rule: rule.name, EventBusName: rule.bus }));
      expect(JSON.parse(found.EventPattern ?? "")).toEqual(rule.pattern);
      expect(Targets).toMatchObject([{ Arn: deployed.functions[rule.target]?.invokeArn, DeadLetterConfig: { Arn: deployed.queueArn } }]);
    }
    const sweep = await drive(() => operator("events", "DescribeRule", { Name: "steward-demo-sweep" }));
    expect(sweep.ScheduleExpression).toBe("rate(5 minutes)");
    expect(Object.keys(deployed.ruleArns)).toHaveLength(topology.rules.length + topology.schedules.length);
  });

  test("has every alarm, on the balancer that AWS named", async () => {
    const { operator, topology, deployed } = await deployedWorld();
    const { MetricAlarms = [] } = await drive(() => operator("cloudwatch", "DescribeAlarms", {}));
    expect(MetricAlarms.map(({ AlarmName }) => AlarmName).sort()).toEqual(topology.alarms.map(({ name }) => name).sort());
    const dimensions = Object.fromEntries(
      MetricAlarms.find(({ AlarmName }) => AlarmName?.endsWith("unhealthy-hosts"))?.Dimensions?.map(({ Name, Value }) => [Name, Value]) ?? [],
    );
    expect(deployed.balancer?.loadBalancerArn.endsWith(`:loadbalancer/${dimensions.LoadBalancer}`)).toBe(true);
    expect(deployed.balancer?.targetGroupArn.endsWith(`:${dimensions.TargetGroup}`)).toBe(true);
  });

  test("has every function with its settings, and durable ones published behind an alias", async () => {
    const { operator, topology, deployed } = await deployedWorld();
    for (const spec of topology.functions) {
      const { Configuration } = await drive(() => operator("lambda", "GetFunction", { FunctionName: spec.name }));
      expect(Configuration).toMatchObject({
        Handler: spec.handler,
        Timeout: spec.timeoutSeconds,
        MemorySize: spec.memoryMb,
        Environment: { Variables: spec.environment },
      });
      expect(deployed.functions[spec.handler]?.invokeArn.endsWith(spec.durable ? `${spec.name}:live` : spec.name)).toBe(true);
    }
  });

  test("has the table, the parameters, the document, the database and the group as it was told", async () => {
    const { operator, topology } = await deployedWorld();
    const table = await drive(() => operator("dynamodb", "DescribeTable", { TableName: topology.table.name }));
    const database = await drive(() => operator("rds", "DescribeDBInstances", { DBInstanceIdentifier: topology.database?.id }));
    const { AutoScalingGroups } = await drive(() => operator("autoscaling", "DescribeAutoScalingGroups", {}));
    const { LifecycleHooks } = await drive(() => operator("autoscaling", "DescribeLifecycleHooks", { AutoScalingGroupName: topology.group.name }));
    expect(table.Table?.TableStatus).toBe("ACTIVE");
    expect(database.DBInstances?.[0]?.DBInstanceStatus).toBe("available");
    expect(AutoScalingGroups).toMatchObject([
      { MinSize: 1, MaxSize: 3, DesiredCapacity: 2, InstanceMaintenancePolicy: { MinHealthyPercentage: 100, MaxHealthyPercentage: 150 } },
    ]);
    expect(LifecycleHooks?.map(({ LifecycleHookName }) => LifecycleHookName).sort()).toEqual(["steward-demo-admit", "steward-demo-retire"]);
    for (const { name: Name, value } of topology.parameters)
      expect((await drive(() => operator("ssm", "GetParameter", { Name }))).Parameter?.Value).toBe(value);
  });

  test("asks only for rights that AWS's reference knows", async () => {
    const { world } = await deployedWorld({ admitted: true });
    await advance(10 * MINUTE);
    const problems = new Set(world.rights.decisions.flatMap(({ right }) => rightProblems(right)));
    expect([...problems]).toEqual([]);
  });

  test("is the same to the last call for the same seed, and another for another", async () => {
    const calls = async (seed: number) => JSON.stringify((await deployedWorld({ seed, admitted: true })).world.account.record);
    const first = await calls(7);
    expect(await calls(7)).toBe(first);
    expect(await calls(8)).not.toBe(first);
  });

  test("fails where an alarm names something that nothing answers to", async () => {
    const topology = demoTopology();
    const [alarm] = topology.alarms;
    if (alarm) alarm.dimensions = { LoadBalancer: "{balancer}" };
    await expect(deployedWorld({ topology })).rejects.toThrow("nothing answers to the placeholder {balancer}");
  });
});

describe("the fleet after a deploy", () => {
  test("waits in the launch hook, and whoever watches is told", async () => {
    const { operator, seen } = await deployedWorld();
    await advance(10 * MINUTE);
    const { AutoScalingInstances } = await drive(() => operator("autoscaling", "DescribeAutoScalingInstances", {}));
    expect(AutoScalingInstances?.map(({ LifecycleState }) => LifecycleState)).toEqual(["Pending:Wait", "Pending:Wait"]);
    expect(seen.observe.filter((event) => (event as { "detail-type": string })["detail-type"] === "EC2 Instance-launch Lifecycle Action")).toHaveLength(2);
  });

  test("serves from both nodes when it is admitted, and nobody but the deploy's own sweep has seen it", async () => {
    const { operator, deployed, seen, topology } = await deployedWorld({ admitted: true });
    const { TargetHealthDescriptions } = await drive(() => operator("elbv2", "DescribeTargetHealth", { TargetGroupArn: deployed.balancer?.targetGroupArn }));
    expect(TargetHealthDescriptions?.map(({ TargetHealth }) => TargetHealth?.State)).toEqual(["healthy", "healthy"]);
    expect(seen.observe).toEqual(topology.schedules.filter(({ target }) => target === "observe").map(({ atDeploy }) => atDeploy));
  });
});

describe("what is deployed", () => {
  test("sweeps at the deploy and every five minutes after it", async () => {
    const { seen } = await deployedWorld({ admitted: true });
    await advance(16 * MINUTE);
    expect(seen.observe.filter((event) => (event as { "detail-type": string })["detail-type"] === "Scheduled Event")).toHaveLength(4);
  });

  test("hands an incident on its own bus to the alert", async () => {
    const { operator, seen, topology } = await deployedWorld({ admitted: true });
    const Entries = [{ EventBusName: topology.bus, Source: "steward", DetailType: "Incident Opened", Detail: JSON.stringify({ kind: "opened" }) }];
    await drive(() => operator("events", "PutEvents", { Entries }));
    expect(await advanceUntil(() => seen.alert.length > 0, MINUTE)).toBe(true);
    expect(seen.alert).toMatchObject([{ source: "steward", detail: { kind: "opened" } }]);
  });

  test("tries an event that a function fails on as often as the topology says, then lays it into the dead-letter queue", async () => {
    const { operator, seen, tasks, world, topology } = await deployedWorld({ admitted: true });
    tasks.alert = () => Promise.reject(new Error("no mail today"));
    await drive(() =>
      operator("lambda", "Invoke", { FunctionName: "steward-demo-alert", InvocationType: "Event", Payload: new TextEncoder().encode('{"n":1}') }),
    );
    const letters = () => world.sqs.queues.get(topology.deadLetter.name)?.messages ?? [];
    expect(await advanceUntil(() => letters().length > 0, 10 * MINUTE)).toBe(true);
    expect(seen.alert).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
  });

  test("gives each function its own rights and no others", async () => {
    const { operator, tasks, world, deployed } = await deployedWorld({ admitted: true });
    const publish = async (environment: { credentials: never; region: string; requestHandler: never }) => {
      const sns = new SNSClient({ region: environment.region, credentials: environment.credentials, requestHandler: environment.requestHandler });
      return await sns.send(new PublishCommand({ TopicArn: deployed.topicArns.people, Message: "hello" })).then(
        () => "published",
        (error: Error) => error.name,
      );
    };
    for (const id of ["alert", "observe"] as const) tasks[id] = (environment) => publish(environment as never);
    const invoke = async (name: string) =>
      new TextDecoder().decode((await drive(() => operator("lambda", "Invoke", { FunctionName: name, Payload: new TextEncoder().encode("{}") }))).Payload);
    expect(await invoke("steward-demo-alert")).toBe('"published"');
    expect(await invoke("steward-demo-observe")).toContain("AuthorizationError");
    expect(await advanceUntil(() => world.sns.delivered(deployed.topicArns.people, "people@example.com").length === 1, MINUTE)).toBe(true);
  });
});
