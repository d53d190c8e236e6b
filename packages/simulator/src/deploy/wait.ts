const EVERY_MS = 5_000;
const AT_MOST_MS = 30 * 60_000;

/** Asks every 5 s, as deploy tools do, until AWS says that it is done; fails after half an hour. */
export async function waitUntil<T>(what: string, read: () => Promise<T>, done: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + AT_MOST_MS;
  for (;;) {
    const answer = await read();
    if (done(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`${what} did not come about within 30 minutes`);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

/** A member that AWS always fills in an answer, although its schema says optional. */
export function given<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the account's answer lacks ${what}`);
  return value;
}
