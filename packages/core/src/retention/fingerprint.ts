import { createHash } from "node:crypto";
import type { SnapshotPolicy } from "../settings/schema.ts";

/** Names a policy by what it says of making and keeping, in twelve hexadecimal digits: the same however the settings were written down, and at whatever pace is pruned. */
export const policyFingerprint = ({ schedules, floor, unfrozen }: SnapshotPolicy): string =>
  createHash("sha256").update(JSON.stringify({ schedules, floor, unfrozen }, sorted)).digest("hex").slice(0, 12);

/** Keys in one order; an array keeps its own. */
const sorted = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;
