import { z } from "zod";
import type { Act, Outcome } from "../command.ts";
import { reading, readSettings, understood } from "../desired.ts";
import type { Host } from "../host.ts";
import { PATHS } from "../paths.ts";
import { failure, LINES, run } from "../programs.ts";
import { receiptsOf } from "../receipts.ts";
import { mountedAt } from "../volume.ts";

/** Longer than a snapshot takes to begin, shorter than a server's clients wait. */
const DEADMAN_SECONDS = 30;
/** Part of the dead man's time that may be gone before the freeze. */
const LATEST_FREEZE_MS = 15_000;
const QUICK = { ms: 5_000 };
/** Thawing a volume lets everything go on that waited for it. */
const THAW = { ms: 20_000 };

/** A freeze that was begun; it lies in memory and off the frozen file system. */
const Freeze = z.object({ freeze: z.literal(1), at: z.coerce.date(), deadmanFired: z.boolean() });
type Freeze = z.infer<typeof Freeze>;

/**
 * Writes SQLite's logs into their files and freezes the data volume, for a snapshot. A timer of systemd's thaws it, whatever
 * becomes of Steward; it is set before anything is frozen. Begins anew where an earlier one was left unfinished.
 */
export const quiesce: Act = async (host) => {
  const because = await objection(host);
  if (because !== undefined) return { outcome: "refused", because };
  if ((await readFreeze(host)) !== undefined && (await release(host)) === "not known") return failed("an earlier freeze could not be thawed");
  const begun = host.now();
  await noteFreeze(host, { freeze: 1, at: begun, deadmanFired: false });
  const unarmed = await failure(host, LINES.armDeadman(DEADMAN_SECONDS, host.locate(PATHS.program)), QUICK);
  if (unarmed !== undefined) return giveUp(host, unarmed);
  await checkpoint(host);
  if (host.now().getTime() - begun.getTime() > LATEST_FREEZE_MS) return giveUp(host, "the databases took too long to be written");
  const unfrozen = await failure(host, LINES.freeze(host.locate(PATHS.home)), QUICK);
  if (unfrozen !== undefined) return giveUp(host, unfrozen);
  return (await readFreeze(host))?.deadmanFired === false ? { outcome: "done" } : giveUp(host, "the dead man's timer went off before the volume was frozen");
};

/** Without a volume of its own there, the path is on the root file system, which must never be frozen. */
async function objection(host: Host): Promise<string | undefined> {
  const settings = await readSettings(host);
  if (settings.kind === "unusable") return settings.because;
  if (settings.value.topology !== "single") return "only a single server has a data volume to freeze";
  const mounted = await reading(() => mountedAt(host, PATHS.home));
  if (mounted.kind === "unusable") return mounted.because;
  return mounted.value === undefined ? `no volume is mounted at ${PATHS.home}` : undefined;
}

/** A snapshot with a log beside the database is whole too, only slower to open: so a database that is busy is no reason to stop. */
async function checkpoint(host: Host): Promise<void> {
  const names = (await host.list(PATHS.databases)).filter((name) => /\.(db|sqlite)$/.test(name));
  for (const name of names) {
    const because = await failure(host, LINES.checkpoint(host.locate(`${PATHS.databases}/${name}`)), QUICK);
    if (because !== undefined) host.log(`the log of a database was not written into it: ${because}`);
  }
}

async function giveUp(host: Host, because: string): Promise<Outcome> {
  await release(host);
  return failed(because);
}

/**
 * Lets the volume go, then the timer, then the memory of both: killed in between, the next one does the rest. The timer stays
 * where it is not known whether the volume was let go. `fsfreeze` ends with 1 for a file system that is not frozen.
 */
async function release(host: Host): Promise<"thawed" | "was not frozen" | "not known"> {
  const exitCode = await unfreeze(host);
  if (exitCode > 1) return "not known";
  await run(host, LINES.disarmDeadman, QUICK);
  await host.removeFile(PATHS.freeze);
  return exitCode === 0 ? "thawed" : "was not frozen";
}

const unfreeze = async (host: Host): Promise<number> => (await run(host, LINES.unfreeze(host.locate(PATHS.home)), THAW)).exitCode;

/** Thaws the data volume; `failed` means that it was not frozen all the time, so that a snapshot made meanwhile proves nothing. */
export const thaw: Act = async (host, { key }) => {
  const freeze = await readFreeze(host);
  if (freeze === undefined) return (await lostFreeze(host, key)) ? failed("the freeze was lost: the snapshot is not consistent") : { outcome: "done" };
  const released = await release(host);
  if (released === "not known") return failed("the volume could not be thawed; the dead man's timer does it within 30 s");
  if (freeze.deadmanFired) return failed("the dead man's timer had thawed the volume: the snapshot is not consistent");
  return released === "thawed" ? { outcome: "done" } : failed("the volume was not frozen: the snapshot is not consistent");
};

const failed = (because: string): Outcome => ({ outcome: "failed", because });

/** Memory is gone after a boot, and the freeze with it; the receipts are not. */
async function lostFreeze(host: Host, key: string): Promise<boolean> {
  const last = (await receiptsOf(host)).filter((receipt) => receipt.key !== key && ["quiesce", "thaw"].includes(receipt.verb)).at(-1);
  return last?.verb === "quiesce" && last.outcome === "done";
}

/** What the timer runs, without a command and without the node's lock: says so first, then thaws. */
export async function deadman(host: Host): Promise<void> {
  const freeze = await readFreeze(host);
  if (freeze) await noteFreeze(host, { ...freeze, deadmanFired: true });
  const exitCode = await unfreeze(host);
  host.log(exitCode === 0 ? "the dead man's timer has thawed the data volume" : `the dead man's timer went off, and fsfreeze ended with exit code ${exitCode}`);
}

/** One that can't be understood was not frozen by this program: it counts as thawed by the timer. */
async function readFreeze(host: Host): Promise<Freeze | undefined> {
  const text = await host.readFile(PATHS.freeze);
  if (text === undefined) return undefined;
  const found = understood(Freeze, text, PATHS.freeze);
  return found.kind === "read" ? found.value : { freeze: 1, at: host.now(), deadmanFired: true };
}

const noteFreeze = (host: Host, freeze: Freeze): Promise<void> => host.writeFile(PATHS.freeze, JSON.stringify(freeze), { owner: "root", mode: 0o600 });
