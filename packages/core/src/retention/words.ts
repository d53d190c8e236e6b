/** `2026-11-02` at midnight UTC, else `2026-11-02 05:00 UTC`. */
export function inWords(at: Date): string {
  const [day = "", time = ""] = at.toISOString().split("T");
  return time === "00:00:00.000Z" ? day : `${day} ${time.slice(0, 5)} UTC`;
}

const SUFFIX: Record<string, string> = { one: "st", two: "nd", few: "rd", other: "th" };
const rules = new Intl.PluralRules("en", { type: "ordinal" });

/** 1st, 2nd, 3rd, 4th ... 11th ... 21st. */
export const ordinal = (n: number): string => `${n}${SUFFIX[rules.select(n)]}`;

/** 1 day, 2 days. */
export const counted = (n: number, unit: string): string => `${n} ${unit}${n === 1 ? "" : "s"}`;
