/** Values that survive a checkpoint. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Durations carry their unit. */
export type Duration = { days?: number; hours?: number; minutes?: number; seconds?: number };

/** Survives crashes. Code outside `step` is replayed: it must be pure. Time, ids and reads come out of steps. */
export interface Run {
  /** At least once, with the engine's explicit retry policy; the result is what the checkpoint holds. */
  step<T extends Json>(name: string, effect: () => Promise<T>): Promise<T>;
  /** Polling = observe + sleep. */
  sleep(name: string, duration: Duration): Promise<void>;
}
