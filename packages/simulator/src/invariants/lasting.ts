/** Remembers since when each of some things has been so without a break; answers those that have been for longer than `ms`. */
export function lasting(ms: number): (things: string[], now: Date) => string[] {
  let since = new Map<string, Date>();
  return (things, now) => {
    since = new Map(things.map((thing) => [thing, since.get(thing) ?? now]));
    return things.filter((thing) => now.getTime() - (since.get(thing) ?? now).getTime() > ms);
  };
}
