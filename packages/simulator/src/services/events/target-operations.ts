import type * as module from "@aws-sdk/client-eventbridge";
import { AwsError, type Operations, type Right } from "../../account/operation.ts";
import { toPass } from "../../iam/tagging.ts";
import type { Router } from "./bus.ts";
import { page } from "./page.ts";
import { onRule } from "./rule-operations.ts";
import { findRule, type Rule, wrongToken } from "./state.ts";
import { checkInput } from "./transform.ts";

/** "Targets: 5 per rule" (quotas page). */
const TARGETS_PER_RULE = 5;
const MODELLED = ["lambda", "sqs", "sns"];

/** Targets of rules: Lambda functions, SQS queues and SNS topics. */
export function targetOperations({ state }: Router): Operations<typeof module> {
  return {
    PutTargets: {
      rights: putRights,
      run: ({ Rule, EventBusName, Targets = [] }) => {
        const rule = findRule(state, Rule, EventBusName);
        for (const target of Targets) putTarget(rule, target);
        return { FailedEntryCount: 0, FailedEntries: [] };
      },
    },
    RemoveTargets: {
      rights: onRule("events:RemoveTargets"),
      run: ({ Rule, EventBusName, Ids = [] }) => removeTargets(findRule(state, Rule, EventBusName), Ids),
    },
    ListTargetsByRule: {
      rights: onRule("events:ListTargetsByRule"),
      run: ({ Rule, EventBusName, NextToken, Limit = 100 }) => {
        const { items, next } = page([...findRule(state, Rule, EventBusName).targets.values()], { token: NextToken, limit: Limit, wrongToken });
        return { Targets: items, ...(next && { NextToken: next }) };
      },
    },
  };
}

/** Whoever puts a target with a role hands that role to EventBridge. */
function putRights(input: module.PutTargetsRequest): Right[] {
  const targets = input.Targets ?? [];
  const arns = targets.flatMap(({ Arn }) => Arn ?? []);
  const passed = targets.flatMap(({ RoleArn }) => toPass(RoleArn, "events.amazonaws.com"));
  return [...onRule("events:PutTargets")(input).map((right) => ({ ...right, context: { "events:TargetArn": arns } })), ...passed];
}

function putTarget(rule: Rule, target: module.Target): void {
  const id = target.Id ?? "";
  const service = target.Arn?.split(":")[2] ?? "";
  if (!/^arn:aws[\w-]*:\S+/.test(target.Arn ?? ""))
    throw new AwsError("ValidationException", `Parameter ${target.Arn} is not valid. Reason: Provided Arn is not in correct format.`);
  if (!MODELLED.includes(service))
    throw new AwsError("UnknownOperationException", `the simulated account does not model ${service} as a target of a rule`, 501);
  if (!rule.targets.has(id) && rule.targets.size >= TARGETS_PER_RULE)
    throw new AwsError("LimitExceededException", "The requested resource exceeds the maximum number allowed.");
  checkInput(target);
  checkRetryPolicy(target);
  rule.targets.set(id, structuredClone(target));
}

/** Limits of RetryPolicy in the API reference: 0 to 185 retries, 60 to 86400 seconds. */
function checkRetryPolicy({ RetryPolicy = {} }: module.Target): void {
  const { MaximumRetryAttempts: retries = 0, MaximumEventAgeInSeconds: age = 60 } = RetryPolicy;
  if (retries < 0 || retries > 185) throw new AwsError("ValidationException", `MaximumRetryAttempts ${retries} is not between 0 and 185.`);
  if (age < 60 || age > 86_400) throw new AwsError("ValidationException", `MaximumEventAgeInSeconds ${age} is not between 60 and 86400.`);
}

function removeTargets(rule: Rule, ids: string[]): module.RemoveTargetsResponse {
  const missing = ids.filter((id) => !rule.targets.delete(id));
  const FailedEntries = missing.map((TargetId) => ({
    TargetId,
    ErrorCode: "ResourceNotFoundException",
    ErrorMessage: `Rule ${rule.name} does not have target ${TargetId}.`,
  }));
  return { FailedEntryCount: FailedEntries.length, FailedEntries };
}
