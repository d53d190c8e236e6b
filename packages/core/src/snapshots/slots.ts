/** A Monday at midnight UTC, from which the slots of every schedule are counted. */
const FIRST_SLOT = Date.UTC(1970, 0, 5);
const HOUR = 3_600_000;

/** The newest slot of a schedule that is not after this moment: slots are whole multiples of its hours since a Monday at midnight UTC. */
export const slotOf = (everyHours: number, now: Date): Date => {
  const since = now.getTime() - FIRST_SLOT;
  return new Date(FIRST_SLOT + Math.floor(since / (everyHours * HOUR)) * everyHours * HOUR);
};

/** A slot as part of a name: lower-case letters and digits, to the minute. */
export const slotName = (slot: Date): string => slot.toISOString().slice(0, 16).replace(/[-:]/g, "").toLowerCase();
