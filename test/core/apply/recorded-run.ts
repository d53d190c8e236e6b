import { milliseconds } from "@steward/core/apply/duration";
import type { Duration, Json, Run } from "@steward/core/apply/run";

/** The function was killed here. */
export class Crash extends Error {}

export interface Checkpoint {
  name: string;
  result: Json;
}

/** What outlives a crash, and where the next one happens. */
export interface Recording {
  checkpoints: Checkpoint[];
  /** Kills before or after the effect of a step that is not on the record yet: even before, odd after. */
  crashAt?: number;
  /** Places at which it could have crashed so far. */
  places: number;
  pass: (ms: number) => void;
}

/**
 * A `Run` in memory. What has a checkpoint is not done again but answered from it, in order; a replay that takes another
 * way than the first time throws, as does a name used twice.
 */
export function recordedRun(recording: Recording): Run {
  let next = 0;
  const used = new Set<string>();

  async function step<T extends Json>(name: string, effect: () => Promise<T>): Promise<T> {
    if (used.has(name)) throw new Error(`"${name}" is the name of two steps`);
    used.add(name);
    const known = recording.checkpoints[next++];
    if (known && known.name !== name) throw new Error(`the replay does "${name}" where "${known.name}" was done`);
    if (known) return structuredClone(known.result) as T;
    mayCrash(recording);
    const result = JSON.parse(JSON.stringify(await effect())) as T;
    mayCrash(recording);
    recording.checkpoints.push({ name, result });
    return structuredClone(result);
  }

  const sleep = async (name: string, duration: Duration): Promise<void> => {
    await step(name, async () => {
      recording.pass(milliseconds(duration));
      return null;
    });
  };
  return { step, sleep };
}

function mayCrash(recording: Recording): void {
  if (recording.places++ === recording.crashAt) throw new Crash();
}
