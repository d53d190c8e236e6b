import type { DeliverySpec } from "@steward/core/topology/control-spec";
import type { Topology } from "@steward/core/topology/topology";
import type { Api } from "./api.ts";
import type { DeployedFunction, DeployedFunctions } from "./functions.ts";
import { given } from "./wait.ts";

interface Trigger extends DeliverySpec {
  name: string;
  Description: string;
  bus?: string;
  EventPattern?: string;
  ScheduleExpression?: string;
  input?: string;
}

/** Rules and schedules with their targets, and the permission for EventBridge to invoke them; answers rule name to ARN. */
export async function deployTriggers(api: Api, topology: Topology, functions: DeployedFunctions, deadLetterArn: string): Promise<Record<string, string>> {
  const arns: Record<string, string> = {};
  for (const trigger of triggersOf(topology))
    arns[trigger.name] = await deployTrigger(api, trigger, given(functions[trigger.target], `the function ${trigger.target}`), deadLetterArn);
  return arns;
}

function triggersOf({ rules, schedules }: Topology): Trigger[] {
  const byPattern = rules.map(
    ({ bus, pattern, description, ...rule }): Trigger => ({
      ...rule,
      Description: description,
      EventPattern: JSON.stringify(pattern),
      ...(bus !== "default" && { bus }),
    }),
  );
  const byTime = schedules.map(
    ({ everyMinutes, input, description, ...schedule }): Trigger => ({
      ...schedule,
      Description: description,
      ScheduleExpression: rate(everyMinutes),
      ...(input !== null && { input: JSON.stringify(input) }),
    }),
  );
  return [...byPattern, ...byTime];
}

/** EventBridge wants the singular for 1. Source: EventBridge user guide, "Schedule types: rate expressions". */
const rate = (minutes: number): string => `rate(${minutes} minute${minutes === 1 ? "" : "s"})`;

async function deployTrigger(api: Api, trigger: Trigger, target: DeployedFunction, deadLetterArn: string): Promise<string> {
  const { name, Description, bus: EventBusName, EventPattern, ScheduleExpression, input } = trigger;
  const { RuleArn } = await api("events", "PutRule", { Name: name, Description, EventBusName, EventPattern, ScheduleExpression });
  const arn = given(RuleArn, "the rule's ARN");
  await api("lambda", "AddPermission", {
    FunctionName: target.name,
    Qualifier: target.qualifier,
    StatementId: name,
    Action: "lambda:InvokeFunction",
    Principal: "events.amazonaws.com",
    SourceArn: arn,
  });
  const answer = await api("events", "PutTargets", {
    Rule: name,
    EventBusName,
    Targets: [
      {
        Id: trigger.target,
        Arn: target.invokeArn,
        DeadLetterConfig: { Arn: deadLetterArn },
        RetryPolicy: { MaximumRetryAttempts: trigger.retries, MaximumEventAgeInSeconds: trigger.maxAgeSeconds },
        Input: input,
      },
    ],
  });
  const failed = answer.FailedEntries?.[0];
  if (failed) throw new Error(`rule ${name} did not take its target: ${failed.ErrorCode} ${failed.ErrorMessage}`);
  return arn;
}
