import { noteFreeze, readFreeze, unfreeze } from "../freeze.ts";
import type { Host } from "../host.ts";

/** A volume that does not let go at once may do so a little later; after that it is a human's. */
const TRIES_MS = 2 * 60_000;
const AGAIN_MS = 5_000;

/** What the timer runs, without a command and without the node's lock: says so first, then thaws in any case. */
export async function deadman(host: Host): Promise<void> {
  const deadline = host.now().getTime() + TRIES_MS;
  try {
    await fired(host, {});
  } finally {
    let ended = await unfreeze(host);
    while (ended === "not known" && host.now().getTime() < deadline) {
      await host.sleep(AGAIN_MS);
      ended = await unfreeze(host);
    }
    if (ended !== "not known") await fired(host, { thawed: true });
    host.log(WORDS[ended]);
  }
}

async function fired(host: Host, more: { thawed?: true }): Promise<void> {
  const freeze = await readFreeze(host);
  if (freeze) await noteFreeze(host, { ...freeze, deadmanFired: true, ...more });
}

const WORDS = {
  thawed: "the dead man's timer has thawed the data volume",
  "was not frozen": "the dead man's timer went off, and nothing was frozen",
  "not known": "the dead man's timer could not thaw the data volume",
};
