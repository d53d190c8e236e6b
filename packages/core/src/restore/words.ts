import { invocation } from "../approval/invocation.ts";
import { counted } from "../retention/words.ts";

/** `2 days 3 hours`, `1 hour 5 minutes`, `40 seconds`: the two largest units of so many seconds. */
export function duration(seconds: number): string {
  const parts = UNITS.map(([unit, size, of]) => [Math.floor((seconds % of) / size), unit] as const);
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "0 seconds";
  return parts
    .slice(first, first + 2)
    .flatMap(([count, unit]) => (count > 0 ? [counted(count, unit)] : []))
    .join(" ");
}

/** Each with its seconds, and those of the next larger one. */
const UNITS = [
  ["day", 86_400, Number.POSITIVE_INFINITY],
  ["hour", 3_600, 86_400],
  ["minute", 60, 3_600],
  ["second", 1, 60],
] as const;

/** The request that goes back to a volume that was kept; it waits for an approval too. */
export const rollbackRequest = (stage: string, volumeId: string): string =>
  invocation(stage, "runbook", { mode: "run", runbook: "restore-volume", input: { volumeId }, reason: "roll back", id: "roll-back" });

/** The request that ends a restore for good. */
export const confirmRequest = (stage: string): string =>
  invocation(stage, "runbook", { mode: "run", runbook: "confirm-restore", input: {}, reason: "it is as it should be", id: "confirm" });
