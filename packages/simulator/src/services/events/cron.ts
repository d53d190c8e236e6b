import { AwsError } from "../../account/operation.ts";

/** The six fields of an EventBridge cron expression, each as a question about a UTC date. Source: user guide, "Cron expressions". */
interface CronFields {
  minutes: Set<number>;
  hours: Set<number>;
  day: (date: Date) => boolean;
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** Reads `minutes hours day-of-month month day-of-week year`; undefined where AWS would refuse it. */
export function parseCron(body: string): CronFields | undefined {
  const fields = body.trim().split(/\s+/);
  if (fields.length !== 6) return undefined;
  const [minute = "", hour = "", dom = "", month = "", dow = "", year = ""] = fields;
  if ((dom === "?") === (dow === "?")) return undefined;
  if (/W/.test(dom)) throw new AwsError("UnknownOperationException", "the simulated account does not model W in a cron expression", 501);
  const minutes = parse(minute, 0, 59);
  const hours = parse(hour, 0, 23);
  const months = parse(named(month, MONTHS), 1, 12);
  const years = parse(year, 1970, 2199);
  const day = dow === "?" ? dayOfMonth(dom) : dayOfWeek(named(dow, WEEKDAYS));
  if (!minutes || !hours || !months || !years || !day) return undefined;
  return { minutes, hours, day: (date) => months.has(date.getUTCMonth() + 1) && years.has(date.getUTCFullYear()) && day(date) };
}

const DAY = 86_400_000;
/** No expression that ever fires is further away than a leap day across a century. */
const HORIZON_DAYS = 3_000;

/** The first matching minute after `after`. */
export function cronNext({ minutes, hours, day }: CronFields, after: Date): Date | undefined {
  const midnight = Math.floor(after.getTime() / DAY) * DAY;
  for (let n = 0; n < HORIZON_DAYS; n++) {
    const date = new Date(midnight + n * DAY);
    const found = day(date) ? inDay(date, minutes, hours).find((time) => time > after.getTime()) : undefined;
    if (found !== undefined) return new Date(found);
  }
  return undefined;
}

function inDay(date: Date, minutes: Set<number>, hours: Set<number>): number[] {
  return [...hours].flatMap((hour) => [...minutes].map((minute) => date.getTime() + (hour * 60 + minute) * 60_000)).sort((a, b) => a - b);
}

const named = (text: string, names: string[]): string => names.reduce((result, name, i) => result.replaceAll(name, String(i + 1)), text.toUpperCase());

function dayOfMonth(text: string): CronFields["day"] | undefined {
  if (text === "L") return (date) => new Date(date.getTime() + DAY).getUTCDate() === 1;
  const days = parse(text, 1, 31);
  return days && ((date) => days.has(date.getUTCDate()));
}

/** `6#3` is the third Friday, `6L` the last one; 1 is Sunday. */
function dayOfWeek(text: string): CronFields["day"] | undefined {
  const [, weekday, nth] = /^([1-7])(?:#([1-5])|L)$/.exec(text) ?? [];
  if (!weekday) {
    const days = parse(text, 1, 7);
    return days && ((date) => days.has(date.getUTCDay() + 1));
  }
  const inPlace = nth ? (date: Date) => Math.ceil(date.getUTCDate() / 7) === Number(nth) : (date: Date) => new Date(date.getTime() + 7 * DAY).getUTCDate() <= 7;
  return (date) => date.getUTCDay() + 1 === Number(weekday) && inPlace(date);
}

/** Lists, ranges, steps and `*` within `low` and `high`. */
function parse(text: string, low: number, high: number): Set<number> | undefined {
  const values = text.split(",").map((part) => range(part, low, high));
  return values.some((part) => part === undefined) ? undefined : new Set(values.flatMap((part) => part ?? []));
}

function range(part: string, low: number, high: number): number[] | undefined {
  const [, span = "", step] = /^(\*|\d+(?:-\d+)?)(?:\/(\d+))?$/.exec(part) ?? [];
  const [from = low, to = step === undefined ? from : high] = span === "*" ? [low, high] : span.split("-").map(Number);
  if (span === "" || from < low || to > high || from > to || step === "0") return undefined;
  return Array.from({ length: Math.floor((to - from) / Number(step ?? 1)) + 1 }, (_, i) => from + i * Number(step ?? 1));
}
