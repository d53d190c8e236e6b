/**
 * One thing that was looked at. `unfit` speaks against the drill and not against the snapshot; what may still come about is `open`, as long
 * as there is time.
 */
export interface Check {
  result: "good" | "bad" | "unfit" | "open";
  words: string;
}

export const good = (words: string): Check => ({ result: "good", words });
export const bad = (words: string): Check => ({ result: "bad", words });
export const unfit = (words: string): Check => ({ result: "unfit", words });
export const open = (words: string): Check => ({ result: "open", words });
export const either = (is: boolean, yes: string, no: Check): Check => (is ? good(yes) : no);

/** `unfit`: nothing can be said of the snapshot, whatever more is asked. `open`: asked again, the copy may say more. `against` is every line that makes it so. */
export interface Judgement {
  standing: "proven" | "failed" | "unfit" | "open";
  lines: string[];
  against: string[];
}

/** What all of it comes to: the worst counts. */
export function judgementOf(checks: readonly Check[]): Judgement {
  const worst = WORST.find((result) => checks.some((check) => check.result === result)) ?? "good";
  const words = (some: readonly Check[]) => some.map((check) => check.words);
  return { standing: STANDINGS[worst], lines: words(checks), against: words(checks.filter(({ result }) => result === worst && worst !== "good")) };
}

const WORST = ["bad", "unfit", "open"] as const;
const STANDINGS = { bad: "failed", unfit: "unfit", open: "open", good: "proven" } as const;
