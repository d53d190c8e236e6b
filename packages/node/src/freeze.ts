import { z } from "zod";
import { understood } from "./desired.ts";
import type { Host } from "./host.ts";
import { PATHS } from "./paths.ts";
import { LINES, run } from "./programs.ts";

/** A freeze that was begun; it lies in memory and off the frozen file system. */
const Freeze = z.object({
  freeze: z.literal(1),
  /** Of the command that began it. */
  key: z.string(),
  at: z.coerce.date(),
  deadmanFired: z.boolean(),
  /** The dead man's timer has let the volume go: what the freeze was for is lost, and nothing waits any more. */
  thawed: z.boolean().optional(),
});
type Freeze = z.infer<typeof Freeze>;

/** Thawing a volume lets everything go on that waited for it. */
const THAW = { ms: 20_000 };
const QUICK = { ms: 5_000 };

/** The freeze that was begun, if any. One that can't be understood was not frozen by this program: it counts as thawed by the timer. */
export async function readFreeze(host: Host): Promise<Freeze | undefined> {
  const text = await host.readFile(PATHS.freeze);
  if (text === undefined) return undefined;
  const found = understood(Freeze, text, PATHS.freeze);
  return found.kind === "read" ? found.value : { freeze: 1, key: "unknown", at: host.now(), deadmanFired: true };
}

export const noteFreeze = (host: Host, freeze: Freeze): Promise<void> => host.writeFile(PATHS.freeze, JSON.stringify(freeze), { owner: "root", mode: 0o600 });

/**
 * Lets the data volume go. `fsfreeze` ends with 1 for every trouble; only the kernel's EINVAL says that nothing was frozen.
 * Source: ioctl_fs, `FITHAW`.
 */
export async function unfreeze(host: Host): Promise<"thawed" | "was not frozen" | "not known"> {
  const { exitCode, stderr = "" } = await run(host, LINES.unfreeze(host.locate(PATHS.home)), THAW);
  if (exitCode === 0) return "thawed";
  return exitCode === 1 && /: Invalid argument\s*$/.test(stderr) ? "was not frozen" : "not known";
}

/**
 * Lets the volume go, then the timer, then the memory of both: killed in between, the next one does the rest. The timer stays
 * where it is not known whether the volume was let go.
 */
export async function release(host: Host): ReturnType<typeof unfreeze> {
  const ended = await unfreeze(host);
  if (ended === "not known") return ended;
  await run(host, LINES.disarmDeadman, QUICK);
  await host.removeFile(PATHS.freeze);
  return ended;
}

/** A repair does not wait for a snapshot: it ends the freeze, and the snapshot is not consistent then. A sentence where the volume may still be frozen. */
export async function endFreeze(host: Host): Promise<string | undefined> {
  const freeze = await readFreeze(host);
  if (freeze === undefined || freeze.thawed || (await release(host)) !== "not known") return undefined;
  return "the data volume is frozen for a snapshot and could not be thawed; the dead man's timer tries it within 30 s";
}
