/**
 * The world's clock and chance, installed over the process's own.
 *
 * Import this before anything else: the AWS SDK, middy and the durable SDK capture nothing at import, but back-off,
 * tokens and ids must come from here to make one seed give the same bytes on any machine.
 */
import FakeTimers, { type Clock } from "@sinonjs/fake-timers";
import { chance, reseed } from "./chance.ts";

/** Where every world starts, unless told otherwise. */
export const EPOCH = new Date("2026-01-05T09:00:00.000Z");

const realImmediate = setImmediate;
const realTimeout = setTimeout;
const realNow = performance.now.bind(performance);
let clock: Clock | undefined;

/** Replaces timers, Date, Math.random and crypto.randomUUID for this process; safe to call again. */
export function installWorld(): void {
  if (clock) return;
  clock = FakeTimers.install({
    now: EPOCH,
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"],
    loopLimit: 1e9,
    shouldClearNativeTimers: true,
  });
  Math.random = chance;
  globalThis.crypto.randomUUID = worldUuid;
}

/** Starts a new world: time back to `EPOCH`, nothing pending, chance from `seed`. */
export function resetWorld(seed: number): void {
  worldClock().reset();
  worldClock().setSystemTime(EPOCH);
  reseed(seed);
}

export function worldClock(): Clock {
  if (!clock) throw new Error("the world's clock is not installed: import world/install and call installWorld() first");
  return clock;
}

/** Milliseconds of the machine's own clock, for progress and benchmarks only. */
export const machineTime = (): number => realNow();

/** Waits on the machine's own clock: for serving the world to the outside only, never inside it. */
export const machineDelay = (ms: number): Promise<void> => new Promise((resolve) => realTimeout(resolve, ms));

/** Lets everything that can run now run: promises first, then whatever they queued. */
export const settle = (): Promise<void> => new Promise((resolve) => realImmediate(resolve));

function worldUuid(): `${string}-${string}-${string}-${string}-${string}` {
  const hex = (n: number) => Array.from({ length: n }, () => Math.floor(chance() * 16).toString(16)).join("");
  return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
}
