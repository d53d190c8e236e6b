/** Sets this process's `Date` to another time, from which it goes on; durations and timers stay the machine's. Dates that were made before are still dates. */
export function shiftClock(milliseconds: number): void {
  const Real = Date;
  class Shifted extends Real {
    constructor(...given: unknown[]) {
      super(...((given.length === 0 ? [Real.now() + milliseconds] : given) as [number]));
    }
    static override now(): number {
      return Real.now() + milliseconds;
    }
    static override [Symbol.hasInstance](value: unknown): boolean {
      return value instanceof Real;
    }
  }
  globalThis.Date = Shifted as DateConstructor;
}
