import { marshall } from "@aws-sdk/util-dynamodb";
import type { Clients } from "@steward/aws/clients";
import { createWorld } from "@steward/aws/world";
import { FleetFacts } from "@steward/core/fleet/facts";
import { describe, expect, test } from "vitest";
import { anIncident } from "./ledger-contract.ts";
import { refuse, stubAws } from "./stub-aws.ts";

const NOW = new Date("2026-01-05T09:00:00.000Z");
const LAUNCHED = new Date("2026-01-05T08:00:00.000Z");
const [LISTED, LEFT, GONE, NEW] = ["i-00000000000000001", "i-00000000000000002", "i-00000000000000003", "i-00000000000000004"] as const;
const desired = { desired: 1, revision: 4, version: "2026.09.0-12", configFingerprint: "v0:c", keyFingerprint: "k" };

const instance = (InstanceId: string, Name: string) => ({ InstanceId, ImageId: "ami-1", LaunchTime: LAUNCHED, State: { Name } });

/** A fleet of which EC2 lists one node in the group, one the group has let go, and one long gone; the group knows a newer one. */
const healthy = {
  DescribeAutoScalingGroups: () => ({
    AutoScalingGroups: [
      {
        AutoScalingGroupName: "steward-demo",
        DesiredCapacity: 2,
        MinSize: 1,
        MaxSize: 3,
        TargetGroupARNs: ["arn:tg"],
        Instances: [LISTED, NEW].map((InstanceId) => ({ InstanceId, LifecycleState: "InService" })),
      },
    ],
  }),
  DescribeScalingActivities: () => ({ Activities: [] }),
  DescribeInstances: ({ Filters }: Record<string, unknown>) => ({
    Reservations:
      (Filters as { Name: string }[])[0]?.Name === "instance-id"
        ? []
        : [{ Instances: [instance(LISTED, "running"), instance(LEFT, "shutting-down"), instance(GONE, "terminated")] }],
  }),
  DescribeInstanceStatus: () => ({ InstanceStatuses: [{ InstanceId: LISTED, InstanceStatus: { Status: "ok" }, SystemStatus: { Status: "ok" } }] }),
  DescribeTargetHealth: () => ({ TargetHealthDescriptions: [{ Target: { Id: LISTED }, TargetHealth: { State: "healthy" } }] }),
  DescribeAlarms: () => ({ MetricAlarms: [{ AlarmName: "steward-demo-unhealthy-hosts", StateValue: "OK" }] }),
  DescribeDBInstances: () => ({ DBInstances: [{ DBInstanceStatus: "available" }] }),
  GetParameter: ({ Name }: Record<string, unknown>) => ({
    Parameter: { Value: JSON.stringify(Name === "/steward/demo/desired" ? desired : { position: "on" }) },
  }),
  Query: ({ ExpressionAttributeValues }: Record<string, unknown>) => ({
    Items:
      (ExpressionAttributeValues as Record<string, { S?: string }>)[":pk"]?.S === "OPEN"
        ? [marshall({ pk: "OPEN", sk: "x", revision: 1, ...JSON.parse(JSON.stringify(anIncident())) })]
        : [],
  }),
};

const observe = (clients: Clients, probe: "nobody" | "everybody" = "nobody") =>
  createWorld({ clients, stage: "demo", topology: "ha", place: { account: "123456789012", region: "eu-central-1" }, now: () => NOW }).observer.facts({ probe });

describe("the observer", () => {
  test("joins what group, EC2, balancer, database, alarms, parameters and ledger say", async () => {
    const facts = await observe(stubAws(healthy).clients);
    expect(FleetFacts.parse(JSON.parse(JSON.stringify(facts)))).toEqual(facts);
    expect(facts).toMatchObject({
      stage: "demo",
      at: NOW,
      group: { name: "steward-demo", desired: 2, min: 1, max: 3, activities: [] },
      database: { id: "steward-demo", status: "available" },
      alarms: [{ name: "steward-demo-unhealthy-hosts", state: "OK" }],
      switch: { position: "on" },
      desired,
      incidents: [anIncident()],
      unread: [],
    });
  });

  test("sees nodes that only the group knows and nodes that the group has let go, but none long gone", async () => {
    const { nodes } = await observe(stubAws(healthy).clients);
    expect(nodes).toEqual([
      {
        instanceId: LISTED,
        imageId: "ami-1",
        launchedAt: LAUNCHED,
        ec2: "running",
        statusChecks: "ok",
        lifecycle: "InService",
        target: { state: "healthy", reason: null },
        probe: { kind: "not-asked" },
      },
      {
        instanceId: LEFT,
        imageId: "ami-1",
        launchedAt: LAUNCHED,
        ec2: "shutting-down",
        statusChecks: "unknown",
        lifecycle: null,
        target: null,
        probe: { kind: "not-asked" },
      },
      {
        instanceId: NEW,
        imageId: "unknown",
        launchedAt: NOW,
        ec2: null,
        statusChecks: "unknown",
        lifecycle: "InService",
        target: null,
        probe: { kind: "not-asked" },
      },
    ]);
  });

  test("asks nodes that run, and takes silence for unknown", async () => {
    const { clients, inputs } = stubAws({ ...healthy, SendCommand: refuse("InvalidInstanceId", "not managed") });
    const { nodes, unread } = await observe(clients, "everybody");
    expect(nodes.map(({ probe }) => probe.kind)).toEqual(["unknown", "not-asked", "not-asked"]);
    expect(inputs("SendCommand")).toHaveLength(1);
    expect(unread).toEqual([]);
  });

  test.each([
    ["DescribeAutoScalingGroups", ["group"]],
    ["DescribeScalingActivities", ["activities"]],
    ["DescribeInstances", ["instances", "instances of the group"]],
    ["DescribeInstanceStatus", ["status checks"]],
    ["DescribeTargetHealth", ["targets"]],
    ["DescribeAlarms", ["alarms"]],
    ["DescribeDBInstances", ["database"]],
    ["GetParameter", ["desired state", "switch"]],
    ["Query", ["announcements", "attempts", "closed incidents", "incidents", "leases", "lineage", "runs"]],
  ])("names what %s did not say, and reads all the rest", async (operation, what) => {
    const facts = await observe(stubAws({ ...healthy, [operation]: refuse("AccessDenied", "not authorized", 403) }).clients);
    expect(facts.unread.map((line) => line.what)).toEqual(what);
    expect(facts.unread[0]?.because).toContain("not authorized");
    expect(FleetFacts.safeParse(JSON.parse(JSON.stringify(facts))).success).toBe(true);
  });

  test("never takes an unreadable switch for on", async () => {
    const GetParameter = ({ Name }: Record<string, unknown>) => ({ Parameter: { Value: Name === "/steward/demo/switch" ? "ON" : JSON.stringify(desired) } });
    const facts = await observe(stubAws({ ...healthy, GetParameter }).clients);
    expect(facts.switch).toEqual({ position: "off", because: "the switch could not be read" });
    expect(facts.unread.map(({ what }) => what)).toEqual(["switch"]);
  });
});
