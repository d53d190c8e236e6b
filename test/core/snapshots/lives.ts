import { progressOf } from "@steward/core/apply/progress";
import { Retryable } from "@steward/core/errors";
import { defaultPolicy } from "@steward/core/fleet/policy";
import type { StepContext } from "@steward/core/runbooks/steps";
import type { SnapshotWorld } from "@steward/core/snapshots/ports";
import type { PruneRecord } from "@steward/core/snapshots/prune-record";
import type { SlotRecord, SnapshotOrder } from "@steward/core/snapshots/slot-record";
import { takeSnapshots } from "@steward/core/snapshots/take";
import { fakeLedger } from "../apply/fake-ledger.ts";
import { FIRST, healthyFleet, hence, NOW } from "../builders.ts";
import { type Cloud, type Mood, cloud as newCloud, VOLUME, worldOf } from "./cloud.ts";

/** The process was killed. */
export class Killed extends Error {}

export const KEY = "demo-duty-take-20260504t0300-1/1.1";

/** The hourly snapshot of now. */
export const order = (but: Partial<SnapshotOrder> = {}): SnapshotOrder => ({
  slot: NOW,
  schedules: ["hourly"],
  volumeId: VOLUME,
  instanceId: FIRST,
  dueAt: hence({ hours: 24 }),
  unfrozen: "take",
  policy: "f1a9",
  ...but,
});

export const context = (at: Date, key = KEY): StepContext => ({ key, epoch: 7, notAfter: new Date(at.getTime() + 60_000) });

/** An account with its ledger and its clock, in which processes live and are killed. */
export interface Place {
  sky: Cloud;
  slots: () => SlotRecord[];
  prunings: () => PruneRecord[];
  now: () => Date;
  pass: (ms: number) => void;
  /** The world for one life, which ends at its `killAt`th place: even before a call has its effect, odd after. */
  life: (killAt?: number) => { world: SnapshotWorld & { stage: string }; places: () => number; isDead: () => boolean };
}

export function place(mood: Partial<Mood> = {}, snapshots: Cloud["snapshots"] = []): Place {
  const state = healthyFleet();
  const sky = newCloud(mood, snapshots);
  const { ledger } = fakeLedger(state);
  let time = NOW.getTime();
  const now = () => new Date(time);
  const pass = (ms: number) => {
    time += ms;
  };
  return {
    sky,
    slots: () => state.slots,
    prunings: () => state.prunings,
    now,
    pass,
    life: (killAt) => mortal(worldOf(sky, ledger, { now, pass }), killAt),
  };
}

/** Every call of a port is two places at which the process may be killed; the dead do nothing any more. */
function mortal(world: SnapshotWorld & { stage: string }, killAt: number | undefined): ReturnType<Place["life"]> {
  let places = 0;
  let dead = false;
  const mayDie = () => {
    dead ||= places++ === killAt;
    if (dead) throw new Killed();
  };
  const wrapped = <T extends object>(port: T): T =>
    new Proxy(port, {
      get:
        (target, name) =>
        async (...args: unknown[]) => {
          mayDie();
          const answer = await (Reflect.get(target, name) as (...args: unknown[]) => unknown)(...args);
          mayDie();
          return answer;
        },
    });
  const mortalWorld = { ...world, store: wrapped(world.store), nodes: wrapped(world.nodes), ledger: wrapped(world.ledger) };
  return { world: mortalWorld, places: () => places, isDead: () => dead };
}

/** How far the step is by the ledger. */
export const progress = ({ slots, now }: Place, step: SnapshotOrder, key = KEY) =>
  progressOf({ do: "take-snapshots", because: "", ...step }, healthyFleet({ slots: structuredClone(slots()), at: now() }), {
    key,
    applied: false,
    policy: defaultPolicy,
  });

/** Does the step as the engine does: looks, acts, looks again; killed in each of these lives, and at its end in the last. Returns the places of the last. */
export async function liveThrough(where: Place, step: SnapshotOrder, kills: readonly number[] = [], key = KEY): Promise<number> {
  for (const killAt of [...kills, undefined]) {
    const { world, places, isDead } = where.life(killAt);
    for (let round = 0; round < 60 && !isDead() && !["done", "impossible"].includes(progress(where, step, key).kind); round++) {
      if (progress(where, step, key).kind === "due") await takeSnapshots(world, step, context(where.now(), key)).catch(survivable);
      where.pass(15_000);
    }
    if (!isDead()) return places();
    where.pass(2_000);
  }
  throw new Error("the last life is not killed");
}

/** The engine repeats what the world was too busy for, and starts anew after a kill. */
function survivable(error: unknown): void {
  if (!(error instanceof Retryable) && !(error instanceof Killed)) throw error;
}
