import type * as sdk from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError, type Operations } from "../../account/operation.ts";
import { type Balancing, type Target, type TargetGroup, targetGroupOf } from "./balancing.ts";
import { attributes } from "./describe-operations.ts";
import { onResource } from "./rights.ts";
import { deregister, register } from "./targets.ts";

/** Targets and their health. */
export const targetOperations = (balancing: Balancing): Operations<typeof sdk> => ({
  RegisterTargets: {
    rights: (input) => onResource(balancing, "RegisterTargets", input.TargetGroupArn),
    run: (input) => {
      const group = targetGroupOf(balancing, input.TargetGroupArn);
      for (const { Id = "" } of input.Targets ?? []) requireRunning(balancing, Id);
      for (const { Id = "", Port } of input.Targets ?? []) register(group, Id, Port);
      return {};
    },
  },
  DeregisterTargets: {
    rights: (input) => onResource(balancing, "DeregisterTargets", input.TargetGroupArn),
    run: (input) => {
      const group = targetGroupOf(balancing, input.TargetGroupArn);
      for (const { Id = "" } of input.Targets ?? []) deregister(group, Id);
      return {};
    },
  },
  DescribeTargetHealth: {
    run: (input) => {
      const group = targetGroupOf(balancing, input.TargetGroupArn);
      const asked = input.Targets?.map(({ Id = "" }) => group.targets.get(Id) ?? notRegistered(group, Id));
      return { TargetHealthDescriptions: (asked ?? [...group.targets.values()]).map(healthShape) };
    },
  },
  ModifyTargetGroupAttributes: {
    rights: (input) => onResource(balancing, "ModifyTargetGroupAttributes", input.TargetGroupArn),
    run: (input) => {
      const group = targetGroupOf(balancing, input.TargetGroupArn);
      for (const { Key = "", Value = "" } of input.Attributes ?? []) setAttribute(group, Key, Value);
      return { Attributes: attributes(group) };
    },
  },
});

/** Source: API reference, RegisterTargets: an instance must be running when it is registered. */
function requireRunning(balancing: Balancing, instanceId: string): void {
  const state = balancing.account.links.instanceState(instanceId)?.state;
  if (state === undefined) throw new AwsError("InvalidTarget", `The following targets are not valid instances: '${instanceId}'`);
  if (state !== "running") throw new AwsError("InvalidTarget", `The following targets are not in a running state and cannot be registered: '${instanceId}'`);
}

function setAttribute(group: TargetGroup, key: string, value: string): void {
  if (!group.attributes.has(key)) throw new AwsError("ValidationError", `Target group attribute key '${key}' is not recognized`);
  if (key === "deregistration_delay.timeout_seconds" && !(Number(value) >= 0 && Number(value) <= 3_600))
    throw new AwsError("ValidationError", `'${key}' must be between 0 and 3600 seconds inclusive`);
  group.attributes.set(key, value);
}

const notRegistered = (group: TargetGroup, instanceId: string): Target => ({
  instanceId,
  port: group.port,
  state: "unused",
  reason: "Target.NotRegistered",
  description: "Target is not registered to the target group",
  passed: 0,
  failed: 0,
  checkedFrom: 0,
});

const healthShape = (target: Target): sdk.TargetHealthDescription => ({
  Target: { Id: target.instanceId, Port: target.port },
  HealthCheckPort: String(target.port),
  TargetHealth: { State: target.state, Reason: target.reason, Description: target.description },
});
