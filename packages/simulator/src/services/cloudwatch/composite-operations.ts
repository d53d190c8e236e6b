import type * as module from "@aws-sdk/client-cloudwatch";
import type { Operations, Right } from "../../account/operation.ts";
import { toCreateTagged } from "../../iam/tagging.ts";
import { actionsOf, alarmArn, type CompositeAlarm } from "./alarm.ts";
import { childrenOf, readRule } from "./alarm-rule.ts";
import type { Composites } from "./composites.ts";
import { notModelled, validation } from "./errors.ts";
import type { Evaluator } from "./evaluator.ts";

/** Source: API reference, PutCompositeAlarm. */
const MOST_CHILDREN = 100;
const LONGEST_RULE = 10_240;

/** Alarms on alarms; suppression of their actions is not modelled. */
export const compositeOperations = (composites: Composites, { alarms }: Evaluator): Operations<typeof module> => ({
  PutCompositeAlarm: {
    rights: putRights,
    run: (input) => {
      if (alarms.has(input.AlarmName ?? "")) throw validation(`A metric alarm with the name ${input.AlarmName} exists already.`);
      composites.put(readComposite(composites, input));
      return {};
    },
  },
});

function putRights({ AlarmName = "", AlarmActions = [], OKActions = [], InsufficientDataActions = [], Tags }: module.PutCompositeAlarmInput): Right[] {
  const context = { "cloudwatch:AlarmActions": [...AlarmActions, ...OKActions, ...InsufficientDataActions] };
  return toCreateTagged({ create: "cloudwatch:PutCompositeAlarm", tag: "cloudwatch:TagResource", resources: [alarmArn(AlarmName)], tags: Tags, context });
}

function readComposite(composites: Composites, input: module.PutCompositeAlarmInput): Omit<CompositeAlarm, "state"> {
  if (input.ActionsSuppressor !== undefined) throw notModelled("the suppression of an alarm's actions");
  const { AlarmName: name = "", AlarmRule: ruleText = "" } = input;
  if (ruleText.length < 1 || ruleText.length > LONGEST_RULE) throw validation(`AlarmRule must have 1 to ${LONGEST_RULE} characters`);
  const rule = readRule(ruleText);
  const children = childrenOf(rule);
  if (children.length > MOST_CHILDREN) throw validation(`AlarmRule must not reference more than ${MOST_CHILDREN} alarms`);
  const missing = children.filter((child) => child !== name && !composites.alarm(child));
  if (missing.length > 0) throw validation(`Could not save the composite alarm as alarms [${missing.map(alarmArn).join(", ")}] in the alarm rule do not exist`);
  return {
    name,
    arn: alarmArn(name),
    ...(input.AlarmDescription !== undefined && { description: input.AlarmDescription }),
    rule,
    ruleText,
    actionsEnabled: input.ActionsEnabled ?? true,
    actions: actionsOf(input),
    configured: new Date(),
  };
}
