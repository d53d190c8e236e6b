import type { Act, Outcome } from "../command.ts";
import { databaseNames } from "../databases.ts";
import { reading, readSettings } from "../desired.ts";
import { noteFreeze, readFreeze, release } from "../freeze.ts";
import type { Host } from "../host.ts";
import { PATHS } from "../paths.ts";
import { failure, LINES } from "../programs.ts";
import { mountedAt } from "../volume.ts";

/** Longer than a snapshot takes to begin, shorter than a server's clients wait: with the second that the timer may be late, and the thaw, 30 s. */
const DEADMAN_SECONDS = 28;
/** Part of the dead man's time that may be gone before the freeze. */
const LATEST_FREEZE_MS = 15_000;
const QUICK = { ms: 5_000 };

/**
 * Writes SQLite's logs into their files and freezes the data volume, for a snapshot. A timer of systemd's thaws it, whatever
 * becomes of Steward; it is set before anything is frozen. Begins anew where an earlier one was left unfinished.
 */
export const quiesce: Act = async (host, { key }) => {
  const because = await objection(host);
  if (because !== undefined) return { outcome: "refused", because };
  if ((await readFreeze(host)) !== undefined && (await release(host)) === "not known") return failed("an earlier freeze could not be thawed");
  const begun = host.now();
  await noteFreeze(host, { freeze: 1, key, at: begun, deadmanFired: false });
  const unarmed = await failure(host, LINES.armDeadman(DEADMAN_SECONDS, host.locate(PATHS.program), host.locate(PATHS.home)), QUICK);
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
  for (const name of await databaseNames(host)) {
    const because = await failure(host, LINES.checkpoint(host.locate(`${PATHS.databases}/${name}`)), QUICK);
    if (because !== undefined) host.log(`the log of a database was not written into it: ${because}`);
  }
}

async function giveUp(host: Host, because: string): Promise<Outcome> {
  await release(host);
  return failed(because);
}

/** Thaws the data volume; `failed` means that it did not stand still from that very freeze on, so that a snapshot made meanwhile proves nothing. */
export const thaw: Act = async (host, { freeze: key }) => {
  const freeze = await readFreeze(host);
  if (freeze === undefined) return key === undefined ? { outcome: "done" } : failed("the freeze was lost: the snapshot is not consistent");
  const released = await release(host);
  if (released === "not known") return failed("the volume could not be thawed; the dead man's timer does it within 30 s");
  if (freeze.deadmanFired) return failed("the dead man's timer had thawed the volume: the snapshot is not consistent");
  if (key !== undefined && freeze.key !== key) return failed("it was frozen anew meanwhile: the snapshot is not consistent");
  return released === "thawed" ? { outcome: "done" } : failed("the volume was not frozen: the snapshot is not consistent");
};

const failed = (because: string): Outcome => ({ outcome: "failed", because });
