import { marshall } from "@aws-sdk/util-dynamodb";
import type { Clients } from "@steward/aws/clients";
import { createWorld } from "@steward/aws/world";
import type { Look } from "@steward/core/apply/ports";
import type { TopologyKind } from "@steward/core/topology/topology";
import { desired } from "../core/builders.ts";
import { anIncident } from "./ledger-contract.ts";

export const NOW = new Date("2026-01-05T09:00:00.000Z");
export const LAUNCHED = new Date("2026-01-05T08:00:00.000Z");
export const [LISTED, LEFT, GONE, NEW] = ["i-00000000000000001", "i-00000000000000002", "i-00000000000000003", "i-00000000000000004"] as const;

export const instance = (InstanceId: string, Name: string) => ({ InstanceId, ImageId: "ami-1", LaunchTime: LAUNCHED, State: { Name } });

/** A fleet of which EC2 lists one node in the group, one the group has let go, and one long gone; the group knows a newer one. */
export const healthy = {
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

type Looking = Partial<Look> & { topology?: TopologyKind };

/** What the observer of the demo stage sees through these clients. */
export const observe = (clients: Clients, { probe = "nobody", builds = false, images = false, drill = false, topology = "ha" }: Looking = {}) =>
  createWorld({ clients, stage: "demo", topology, place: { account: "123456789012", region: "eu-central-1" }, now: () => NOW }).observer.facts({
    probe,
    builds,
    images,
    drill,
  });
