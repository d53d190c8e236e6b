/** Timers fire at once beyond this many milliseconds (Node's 32-bit limit); longer waits go in pieces. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export type Cancel = () => void;

/** Runs `work` at a time, however far away: executions may last 366 days. */
export function at(time: Date, work: () => void): Cancel {
  let timer: ReturnType<typeof setTimeout>;
  const arm = (): void => {
    const left = Math.max(0, time.getTime() - Date.now());
    timer = left > LONGEST_TIMER_MS ? setTimeout(arm, LONGEST_TIMER_MS) : setTimeout(work, left);
  };
  arm();
  return () => clearTimeout(timer);
}
