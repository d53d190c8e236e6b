import { Switch } from "@steward/core/fleet/facts";
import { DesiredState, NODE_VERBS } from "@steward/core/fleet/probe";
import { RUNBOOKS } from "@steward/core/runbooks/registry";
import { alarmIds } from "@steward/core/topology/alarms";
import { arns } from "@steward/core/topology/arns";
import { nodeDocument } from "@steward/core/topology/document";
import { CHANGE_GRANTS, policyOf } from "@steward/core/topology/grants";
import { haTopology } from "@steward/core/topology/ha";
import { names } from "@steward/core/topology/names";
import { type FunctionSpec, TOPOLOGIES } from "@steward/core/topology/topology";
import { sweep } from "@steward/core/triggers/sweep";
import { describe, expect, test } from "vitest";
import { desired } from "../builders.ts";

const place = { account: "123456789012", region: "eu-central-1" };
const settings = { stage: "demo", place, subnets: ["subnet-1"], imageId: "ami-0123456789abcdef0", desired: JSON.stringify(desired) };
const topology = haTopology(settings);
const other = haTopology({ ...settings, stage: "prod" });
const n = names("demo");
const statements = ({ policy }: FunctionSpec) => policy.Statement;
const functionOf = (handler: string) => {
  const found = topology.functions.find((spec) => spec.handler === handler);
  if (!found) throw new Error(`there is no function ${handler}`);
  return found;
};
const actionsOf = (handler: string) => statements(functionOf(handler)).flatMap(({ Action }) => Action);

describe("names", () => {
  test.each([
    ["functions", topology.functions.map(({ name }) => name)],
    ["rules and schedules", [...topology.rules, ...topology.schedules].map(({ name }) => name)],
    ["alarms", topology.alarms.map(({ name }) => name)],
    ["hooks", topology.group.hooks.map(({ name }) => name)],
    ["parameters", Object.keys(topology.parameters)],
  ])("of %s are unique", (_kind, all) => {
    expect(all.length).toBeGreaterThan(0);
    expect(new Set(all).size).toBe(all.length);
  });

  test("of two stages never meet", () => {
    const every = ({ functions, rules, schedules, alarms, parameters, group, table, bus, topics, deadLetter }: typeof topology) =>
      [...functions, ...rules, ...schedules, ...alarms, ...group.hooks, group, { name: table }, { name: bus }, { name: topics.people }, { name: deadLetter }]
        .map(({ name }) => name)
        .concat(Object.keys(parameters));
    expect(every(topology).filter((name) => every(other).includes(name))).toEqual([]);
  });

  /** Limits: target group and load balancer names 32 characters, function names 64 (API references). */
  test("stay within what AWS accepts", () => {
    const long = names("sixteen-letters-");
    for (const name of [long.targetGroup, long.loadBalancer]) expect(name.length).toBeLessThanOrEqual(32);
    expect(long.function("remediate").length).toBeLessThanOrEqual(64);
  });

  test("of alarms are those of the list", () => {
    expect(topology.alarms.map(({ name }) => name)).toEqual(alarmIds.map(n.alarm));
  });
});

describe.each(topology.functions)("the policy of $handler", (spec) => {
  test("has no wildcard in an action", () => {
    expect(
      statements(spec)
        .flatMap(({ Action }) => Action)
        .filter((action) => !/^[a-z0-9]+:[A-Za-z]+$/.test(action)),
    ).toEqual([]);
  });

  test("allows only, and states each thing once", () => {
    expect(statements(spec).map(({ Effect }) => Effect)).not.toContain("Deny");
    expect(new Set(statements(spec).map((statement) => JSON.stringify(statement))).size).toBe(statements(spec).length);
  });

  test("has every resource only where AWS has no right on a single one", () => {
    const everywhere = statements(spec)
      .filter(({ Resource }) => Resource.includes("*"))
      .flatMap(({ Action }) => Action);
    const unscoped = [
      "autoscaling:DescribeAutoScalingGroups",
      "autoscaling:DescribeScalingActivities",
      "ec2:DescribeInstances",
      "ec2:DescribeInstanceStatus",
      "elasticloadbalancing:DescribeTargetHealth",
      "ssm:GetCommandInvocation",
    ];
    expect(everywhere.filter((action) => !unscoped.includes(action))).toEqual([]);
  });

  test("reaches no other account or region, and changes nothing of another stage", () => {
    const scoped = statements(spec).filter(({ Resource }) => !Resource.includes("*"));
    for (const resource of scoped.flatMap(({ Resource }) => Resource)) expect(resource).toContain(":eu-central-1:123456789012:");
    const beyond = scoped.filter(({ Resource, Condition }) => Resource.some((resource) => !`${resource} ${JSON.stringify(Condition)}`.includes("demo")));
    expect(beyond.flatMap(({ Action }) => Action).filter((action) => !action.includes(":Describe"))).toEqual([]);
  });

  test("lets it log and leave what failed in the dead letter queue", () => {
    expect(actionsOf(spec.handler)).toEqual(expect.arrayContaining(["sqs:SendMessage", "logs:CreateLogStream", "logs:PutLogEvents"]));
    expect(spec.onFailure).toBe(topology.deadLetter);
  });
});

describe("rights", () => {
  const a = arns("demo", place);

  test.each(Object.values(RUNBOOKS))("to every change of $id are with remediate", ({ changes }) => {
    const granted = statements(functionOf("remediate")).map((statement) => JSON.stringify(statement));
    expect(changes.length).toBeGreaterThan(0);
    for (const change of changes)
      for (const needed of policyOf([CHANGE_GRANTS[change]], a, "demo").Statement) expect(granted).toContain(JSON.stringify(needed));
  });

  test("to every change are asked for by some runbook", () => {
    const used = new Set(Object.values(RUNBOOKS).flatMap(({ changes }) => changes));
    expect(Object.keys(CHANGE_GRANTS).sort()).toEqual([...used].sort());
  });

  test("to change the group are with remediate alone", () => {
    const changing = topology.functions.filter(({ handler }) => actionsOf(handler).some((action) => /^(autoscaling|ec2):(?!Describe)/.test(action)));
    expect(changing.map(({ handler }) => handler)).toEqual(["remediate"]);
  });

  test("to publish to people are with alert alone", () => {
    expect(topology.functions.filter(({ handler }) => actionsOf(handler).includes("sns:Publish")).map(({ handler }) => handler)).toEqual(["alert"]);
  });

  test("to send commands end at our own document and at instances of this stage", () => {
    const sends = statements(functionOf("remediate")).filter(({ Action }) => Action.includes("ssm:SendCommand"));
    expect(sends.flatMap(({ Resource }) => Resource)).toEqual([a.document, a.anyInstance]);
    expect(sends[1]?.Condition).toEqual({ StringEquals: { "ssm:resourceTag/steward:stage": "demo" } });
  });
});

describe("the pair", () => {
  test("is the one topology that there is", () => {
    expect(TOPOLOGIES).toContain(topology.kind);
  });

  test("has room for a surge of one, and never less than one node by the group's will", () => {
    expect(topology.group).toMatchObject({ min: 1, desired: 2, max: 3, tags: { "steward:stage": "demo" } });
  });

  test("abandons a launch that nobody admits, and lets a node go that nobody retires", () => {
    expect(topology.group.hooks).toEqual([
      { name: n.launchHook, transition: "autoscaling:EC2_INSTANCE_LAUNCHING", heartbeatSeconds: 7200, defaultResult: "ABANDON" },
      { name: n.terminateHook, transition: "autoscaling:EC2_INSTANCE_TERMINATING", heartbeatSeconds: 900, defaultResult: "CONTINUE" },
    ]);
  });

  test("starts with its switch on and with the desired state it is given", () => {
    expect(Switch.parse(JSON.parse(topology.parameters[n.switch] ?? ""))).toEqual({ position: "on" });
    expect(DesiredState.parse(JSON.parse(topology.parameters[n.desired] ?? ""))).toEqual(desired);
  });

  test("sends everything it listens to to a function that exists, and what fails to the dead letter queue", () => {
    const handlers = topology.functions.map(({ handler }) => handler);
    for (const { target, deadLetter } of [...topology.rules, ...topology.schedules]) {
      expect(handlers).toContain(target);
      expect(deadLetter).toBe(topology.deadLetter);
    }
  });

  test("sweeps every five minutes by schedule, and listens to nothing for it", () => {
    expect(topology.schedules).toMatchObject([{ name: n.rule(sweep.id), everyMinutes: 5, target: "observe" }]);
    expect(sweep.pattern(n)).toEqual({});
    expect(topology.rules.map(({ name }) => name)).not.toContain(n.rule(sweep.id));
  });

  test("lets CloudWatch itself tell people of what Steward's functions could not handle, and of nothing else", () => {
    expect(topology.alarms.filter(({ tellsPeople }) => tellsPeople).map(({ name }) => name)).toEqual([n.alarm("dead-letter")]);
  });

  test("has alarms with a threshold and a reason for it", () => {
    for (const { threshold, because, datapointsToAlarm, evaluationPeriods } of topology.alarms) {
      expect(threshold).toBeGreaterThan(0);
      expect(because).not.toBe("");
      expect(datapointsToAlarm).toBeLessThanOrEqual(evaluationPeriods);
    }
  });
});

describe("the command document", () => {
  const { verb, payload, executionTimeout } = nodeDocument.parameters;

  test("takes the node's verbs and no other", () => {
    expect(verb.allowedValues).toEqual([...NODE_VERBS]);
  });

  test.each(["", "a b", "$(reboot)", "x;reboot", "`id`", "a\nb", "a=", "x".repeat(8001)])("takes no payload like %j", (text) => {
    expect(new RegExp(payload.allowedPattern).test(text)).toBe(false);
  });

  test("takes a command envelope in base64url", () => {
    const envelope = Buffer.from(JSON.stringify({ key: "demo-run-1/round 1.1", epoch: 3, notAfter: "2026-05-04T03:00:00.000Z" })).toString("base64url");
    expect(envelope).toMatch(new RegExp(payload.allowedPattern));
    expect(executionTimeout.default).toMatch(new RegExp(executionTimeout.allowedPattern));
  });
});
