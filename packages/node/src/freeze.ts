import { z } from "zod";
import { understood } from "./desired.ts";
import type { Host } from "./host.ts";
import { PATHS } from "./paths.ts";
import { LINES, run } from "./programs.ts";

/** A freeze that was begun; it lies in memory and off the frozen file system. */
const Freeze = z.object({
  freeze: z.literal(1),
  at: z.coerce.date(),
  deadmanFired: z.boolean(),
  /** The dead man's timer has let the volume go: what the freeze was for is lost, and nothing waits any more. */
  thawed: z.boolean().optional(),
});
type Freeze = z.infer<typeof Freeze>;

/** Thawing a volume lets everything go on that waited for it. */
const THAW = { ms: 20_000 };

/** The freeze that was begun, if any. One that can't be understood was not frozen by this program: it counts as thawed by the timer. */
export async function readFreeze(host: Host): Promise<Freeze | undefined> {
  const text = await host.readFile(PATHS.freeze);
  if (text === undefined) return undefined;
  const found = understood(Freeze, text, PATHS.freeze);
  return found.kind === "read" ? found.value : { freeze: 1, at: host.now(), deadmanFired: true };
}

export const noteFreeze = (host: Host, freeze: Freeze): Promise<void> => host.writeFile(PATHS.freeze, JSON.stringify(freeze), { owner: "root", mode: 0o600 });

/** A sentence while the data volume may be frozen: whoever writes to it would wait, and what it was frozen for would be lost. */
export async function frozen(host: Host): Promise<string | undefined> {
  const freeze = await readFreeze(host);
  return freeze === undefined || freeze.thawed ? undefined : "the data volume is frozen for a snapshot, or was not thawed after one";
}

/**
 * Lets the data volume go. `fsfreeze` ends with 1 for every trouble; only the kernel's EINVAL says that nothing was frozen.
 * Source: ioctl_fs, `FITHAW`.
 */
export async function unfreeze(host: Host): Promise<"thawed" | "was not frozen" | "not known"> {
  const { exitCode, stderr = "" } = await run(host, LINES.unfreeze(host.locate(PATHS.home)), THAW);
  if (exitCode === 0) return "thawed";
  return exitCode === 1 && /: Invalid argument\s*$/.test(stderr) ? "was not frozen" : "not known";
}
