import { after } from "../apply/duration.ts";
import type { SlotRecord } from "./slot-record.ts";

/** Longer than an attempt takes, and than an answer of EC2 that was lost is looked for. */
const GIVEN_UP_AFTER = { minutes: 10 };

/** Whether another step is at this slot; one of which nothing was heard for long is given up. */
export const isHeldByAnother = ({ key, state, at }: SlotRecord, mine: string, now: Date): boolean =>
  key !== mine && (state === "claimed" || state === "creating") && after(at, GIVEN_UP_AFTER) > now;
