import { settle, worldClock } from "./install.ts";

/** How often the process turns before virtual time moves on; the durable SDK chains a few immediates. */
const TURNS = 4;

/** Runs the world for `ms` of virtual time, letting everything that becomes runnable run in between. */
export async function advance(ms: number): Promise<void> {
  await advanceUntil(() => false, ms);
}

/** Runs the world until `done()` holds, at most `ms` of virtual time; says whether it held. */
export async function advanceUntil(done: () => boolean, ms: number): Promise<boolean> {
  let over = false;
  setTimeout(() => {
    over = true;
  }, ms);
  for (;;) {
    await turn();
    if (done()) return true;
    if (over) return false;
    worldClock().next();
  }
}

/** Runs `work` to its end in virtual time; fails when it waits for something that no timer will bring. */
export async function drive<T>(work: () => Promise<T>): Promise<T> {
  const result: { outcome?: () => T } = {};
  work().then(
    (value) => {
      result.outcome = () => value;
    },
    (error: unknown) => {
      result.outcome = () => {
        throw error;
      };
    },
  );
  for (;;) {
    await turn();
    if (result.outcome) return result.outcome();
    if (worldClock().countTimers() === 0) throw new Error("stuck: the work waits, and nothing in the world is pending");
    worldClock().next();
  }
}

async function turn(): Promise<void> {
  for (let i = 0; i < TURNS; i++) await settle();
}
