import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const LOOK_AGAIN_MS = 250;

/**
 * One process at a time. The lock is an abstract socket address (unix(7)): the kernel gives it to one process and takes
 * it back when that process ends, however it ends, so nothing is left behind to clean up or to misread.
 */
export async function takeLock(root: string, waitMs: number): Promise<(() => Promise<void>) | undefined> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const release = await claim(`\0steward-node:${root}`);
    if (release || performance.now() >= deadline) return release;
    await sleep(LOOK_AGAIN_MS);
  }
}

function claim(address: string): Promise<(() => Promise<void>) | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) => (error.code === "EADDRINUSE" ? resolve(undefined) : reject(error)));
    server.listen(address, () => resolve(() => new Promise((released) => server.close(() => released()))));
  });
}
