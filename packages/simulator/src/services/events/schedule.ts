import { AwsError } from "../../account/operation.ts";
import { cronNext, parseCron } from "./cron.ts";

/** When a rule's schedule is due next, given when the rule was created and the moment to look from. */
export type Schedule = (created: Date, after: Date) => Date | undefined;

const UNITS: Record<string, number> = { minute: 60_000, minutes: 60_000, hour: 3_600_000, hours: 3_600_000, day: 86_400_000, days: 86_400_000 };

/** Reads `rate(5 minutes)` or `cron(0 12 * * ? *)`; refuses anything else as AWS does. */
export function parseSchedule(expression: string): Schedule {
  const [, kind, body = ""] = /^(rate|cron)\((.*)\)$/.exec(expression) ?? [];
  if (kind === "rate") return rate(body);
  if (kind === "cron") return cron(body);
  throw invalid();
}

/** "A rate expression starts when you create the scheduled event rule"; a value of 1 takes the singular unit, others the plural. */
function rate(body: string): Schedule {
  const [, value = "", unit = ""] = /^(\d+) (\w+)$/.exec(body) ?? [];
  const each = UNITS[unit];
  if (!each || Number(value) < 1 || (Number(value) === 1) === unit.endsWith("s")) throw invalid();
  const interval = Number(value) * each;
  return (created, after) => {
    const passed = Math.floor((after.getTime() - created.getTime()) / interval);
    return new Date(created.getTime() + (Math.max(passed, 0) + 1) * interval);
  };
}

function cron(body: string): Schedule {
  const fields = parseCron(body);
  if (!fields) throw invalid();
  return (_created, after) => cronNext(fields, after);
}

const invalid = () => new AwsError("ValidationException", "Parameter ScheduleExpression is not valid.");
