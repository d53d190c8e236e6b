import type { DeliverySpec, FunctionId, RuleSpec, ScheduleSpec } from "@steward/core/topology/control-spec";
import type { Topology } from "@steward/core/topology/topology";
import type { DeployedFunction } from "./functions.ts";
import type { Messaging } from "./messaging.ts";
import { optionsOf } from "./options.ts";

interface Around {
  messaging: Messaging;
  functionOf: (id: FunctionId) => DeployedFunction;
}

/** Rules and schedules, each with its target, what becomes of an event that cannot be delivered, and the permission to invoke. */
export const deployTriggers = ({ rules, schedules }: Topology, around: Around): $util.Resource[] => [
  ...rules.flatMap((spec) => deployTarget(spec, deployRule(spec, around.messaging), around)),
  ...schedules.flatMap((spec) => deployTarget(spec, deploySchedule(spec), around)),
];

/** What the deploy itself starts once, when everything that it needs is there: a function that fails at it fails the deploy. */
export const startAtDeploy = ({ schedules }: Topology, functionOf: Around["functionOf"], after: $util.Resource[]): aws.lambda.Invocation[] =>
  schedules
    .filter(({ atDeploy }) => atDeploy !== null)
    .map(({ name, target, atDeploy }) => {
      const { name: functionName, qualifier } = functionOf(target);
      return new aws.lambda.Invocation(
        `Start-${name}`,
        { functionName, qualifier, input: JSON.stringify(atDeploy) },
        { ...optionsOf("trigger"), dependsOn: after },
      );
    });

const deployRule = ({ name, description, bus, pattern }: RuleSpec, { busName }: Messaging): aws.cloudwatch.EventRule => {
  const own = bus === "default" ? {} : { eventBusName: busName };
  return new aws.cloudwatch.EventRule(`Rule-${name}`, { name, description, eventPattern: JSON.stringify(pattern), ...own }, optionsOf("trigger"));
};

const deploySchedule = ({ name, description, everyMinutes }: ScheduleSpec): aws.cloudwatch.EventRule =>
  new aws.cloudwatch.EventRule(`Rule-${name}`, { name, description, scheduleExpression: rate(everyMinutes) }, optionsOf("trigger"));

/** EventBridge wants the singular for 1. Source: EventBridge user guide, "Schedule types: rate expressions". */
const rate = (minutes: number): string => `rate(${minutes} minute${minutes === 1 ? "" : "s"})`;

interface Delivery extends DeliverySpec {
  name: string;
  input?: unknown;
}

function deployTarget({ name, target, retries, maxAgeSeconds, input }: Delivery, rule: aws.cloudwatch.EventRule, around: Around): $util.Resource[] {
  const { messaging, functionOf } = around;
  const { name: functionName, invokeArn, qualifier } = functionOf(target);
  const invoke = { statementId: name, action: "lambda:InvokeFunction", principal: "events.amazonaws.com" };
  const permission = new aws.lambda.Permission(
    `Permission-${name}`,
    { ...invoke, function: functionName, qualifier, sourceArn: rule.arn },
    optionsOf("trigger"),
  );
  const settings = {
    rule: rule.name,
    eventBusName: rule.eventBusName.apply((bus) => bus ?? "default"),
    targetId: target,
    arn: invokeArn,
    deadLetterConfig: { arn: messaging.deadLetterArn },
    retryPolicy: { maximumRetryAttempts: retries, maximumEventAgeInSeconds: maxAgeSeconds },
    ...(input === undefined || input === null ? {} : { input: JSON.stringify(input) }),
  };
  const ready = [permission, messaging.deadLetterPolicy];
  return [permission, new aws.cloudwatch.EventTarget(`Target-${name}`, settings, { ...optionsOf("trigger"), dependsOn: ready })];
}
