import type * as module from "@aws-sdk/client-eventbridge";
import { AwsError, type Operations, type Right } from "../../account/operation.ts";
import { toCreateTagged, toPass } from "../../iam/tagging.ts";
import { armSchedule, type Router } from "./bus.ts";
import { page } from "./page.ts";
import { type Pattern, validatePattern } from "./pattern.ts";
import { parseSchedule } from "./schedule.ts";
import { busName, findBus, findRule, type Rule, ruleArn, wrongToken } from "./state.ts";

/** "Rules: 300 per event bus" (quotas page; 100 in some regions). */
const RULES_PER_BUS = 300;

/** Rules: put, list, describe, switch on and off, delete. */
export function ruleOperations(router: Router): Operations<typeof module> {
  const { state } = router;
  return {
    PutRule: { rights: putRights, run: (input) => ({ RuleArn: putRule(router, input).arn }) },
    DescribeRule: { rights: onRule("events:DescribeRule"), run: ({ Name, EventBusName }) => shown(findRule(state, Name, EventBusName)) },
    ListRules: {
      run: ({ NamePrefix = "", EventBusName, NextToken, Limit = 100 }) => {
        const rules = [...findBus(state, EventBusName).rules.values()].filter(({ name }) => name.startsWith(NamePrefix)).sort(byName);
        const { items, next } = page(rules, { token: NextToken, limit: Limit, wrongToken });
        return { Rules: items.map(shown), ...(next && { NextToken: next }) };
      },
    },
    EnableRule: { rights: onRule("events:EnableRule"), run: ({ Name, EventBusName }) => turn(router, findRule(state, Name, EventBusName), "ENABLED") },
    DisableRule: { rights: onRule("events:DisableRule"), run: ({ Name, EventBusName }) => turn(router, findRule(state, Name, EventBusName), "DISABLED") },
    DeleteRule: { rights: onRule("events:DeleteRule"), run: (input) => deleteRule(router, input) },
  };
}

/** The right to act on one rule. */
export const onRule =
  (action: string) =>
  (input: { Name?: string; Rule?: string; EventBusName?: string }): Right[] => [
    { action, resources: [ruleArn(busName(input.EventBusName), input.Name ?? input.Rule ?? "")] },
  ];

function putRights(input: module.PutRuleRequest): Right[] {
  const resources = onRule("events:PutRule")(input).flatMap((right) => right.resources);
  return [
    ...toCreateTagged({ create: "events:PutRule", tag: "events:TagResource", resources, tags: input.Tags }),
    ...toPass(input.RoleArn, "events.amazonaws.com"),
  ];
}

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);

function putRule(router: Router, input: module.PutRuleRequest): Rule {
  const bus = findBus(router.state, input.EventBusName);
  const name = input.Name ?? "";
  const definition = define(input, bus.name);
  const old = bus.rules.get(name);
  if (!old && bus.rules.size >= RULES_PER_BUS) throw new AwsError("LimitExceededException", "The requested resource exceeds the maximum number allowed.");
  const rule: Rule = { name, arn: ruleArn(bus.name, name), bus: bus.name, created: new Date(), targets: new Map(), ...old, ...definition };
  if (old?.expression !== rule.expression) rule.created = new Date();
  bus.rules.set(name, rule);
  armSchedule(router, rule);
  return rule;
}

/** "If you are updating an existing rule, the rule is replaced with what you specify" (API reference, PutRule). */
function define(input: module.PutRuleRequest, bus: string) {
  const { EventPattern, ScheduleExpression, State = "ENABLED", Description, RoleArn } = input;
  if (!EventPattern && !ScheduleExpression) throw new AwsError("ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified.");
  if (ScheduleExpression && bus !== "default") throw new AwsError("ValidationException", "ScheduleExpression is supported only on the default event bus.");
  return {
    state: State === "DISABLED" ? ("DISABLED" as const) : ("ENABLED" as const),
    description: Description,
    roleArn: RoleArn,
    eventPattern: EventPattern,
    pattern: EventPattern ? parsePattern(EventPattern) : undefined,
    expression: ScheduleExpression,
    schedule: ScheduleExpression ? parseSchedule(ScheduleExpression) : undefined,
  };
}

/** Reads a pattern's text or refuses it with AWS's error. */
export function parsePattern(text: string): Pattern {
  const parsed = json(text);
  const reason = validatePattern(parsed);
  if (reason) throw invalidPattern(reason);
  return parsed as Pattern;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidPattern("Invalid JSON");
  }
}

const invalidPattern = (reason: string) => new AwsError("InvalidEventPatternException", `Event pattern is not valid. Reason: ${reason}`);

function turn(router: Router, rule: Rule, state: Rule["state"]): Record<string, never> {
  rule.state = state;
  armSchedule(router, rule);
  return {};
}

/** "Before you can delete the rule, you must remove all targets"; deleting what is not there succeeds. */
function deleteRule({ state }: Router, { Name = "", EventBusName }: module.DeleteRuleRequest): Record<string, never> {
  const { rules } = findBus(state, EventBusName);
  const rule = rules.get(Name);
  if (rule && rule.targets.size > 0) throw new AwsError("ValidationException", "Rule can't be deleted since it has targets.");
  if (rule?.timer) clearTimeout(rule.timer);
  rules.delete(Name);
  return {};
}

function shown(rule: Rule): module.DescribeRuleResponse & module.Rule {
  return {
    Name: rule.name,
    Arn: rule.arn,
    State: rule.state,
    EventBusName: rule.bus,
    ...(rule.eventPattern && { EventPattern: rule.eventPattern }),
    ...(rule.expression && { ScheduleExpression: rule.expression }),
    ...(rule.description && { Description: rule.description }),
    ...(rule.roleArn && { RoleArn: rule.roleArn }),
  };
}
