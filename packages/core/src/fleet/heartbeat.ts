/** Partition of the ledger in which each duty notes when it last succeeded, under its own name. */
export const HEARTBEAT = "heartbeat";

/** The duty by which Steward is known to live: it looks at everything every five minutes. */
export const SWEEP = "sweep";

/** Seconds without a sweep after which Steward counts as down: two sweeps may fail and be retried until then. */
export const SILENT_AFTER_SECONDS = 15 * 60;

/** Whether Steward's last sweep lies so far back that a node may help itself; a sweep from the future is no silence. */
export const isSilent = (lastSweep: Date, now: Date): boolean => now.getTime() - lastSweep.getTime() > SILENT_AFTER_SECONDS * 1000;
