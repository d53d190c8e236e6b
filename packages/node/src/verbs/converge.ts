import { isCutOff } from "@steward/core/fleet/isolation";
import type { Act, Outcome } from "../command.ts";
import { endFreeze } from "../freeze.ts";
import type { FileAccess, Host } from "../host.ts";
import { foreignKey, installed } from "../installed.ts";
import { isolation } from "../isolation.ts";
import { arrangeLicense } from "../license.ts";
import { PATHS } from "../paths.ts";
import { type Plan, readPlan, type WantedFile } from "../plan.ts";
import { failure, LINES } from "../programs.ts";
import { bringUp, unitState } from "../service.ts";
import { mountDataVolume } from "../volume.ts";

/** A step of its own kind that is fine to repeat; a sentence where it can't be done, which ends everything. */
type Step = (host: Host, plan: Plan) => Promise<string | undefined>;

const QUICK = { ms: 15_000 };

/**
 * Makes this node the one that is wanted. Reads and checks everything first; killed anywhere, the next one ends it: nothing
 * starts without the environment file, which is taken away before anything else changes and written last.
 */
export const converge: Act = async (host, command) => {
  const waits = await endFreeze(host);
  if (waits !== undefined) return { outcome: "refused", because: waits };
  const plan = await readPlan(host, command);
  if (plan.kind === "unusable") return { outcome: "refused", because: plan.because };
  for (const step of STEPS) {
    const because = await step(host, plan.value);
    if (because !== undefined) return { outcome: "failed", because };
  }
  return plan.value.starts ? serve(host) : { outcome: "done" };
};

const volumeMounted: Step = async (host, { document, settings, format }) =>
  document.dataVolume === null ? undefined : mountDataVolume(host, { volume: document.dataVolume, stage: settings.stage, format });

const noForeignKey: Step = (host, { keyFingerprint }) => foreignKey(host, keyFingerprint);

/** Package Manager knows its nodes by their host names. Source: Admin Guide, "rspm cluster offline". */
const hostNamed: Step = async (host, { instanceId }) => {
  if ((await host.readFile(PATHS.hostname))?.trim() === instanceId) return undefined;
  return failure(host, LINES.setHostname(instanceId), QUICK);
};

/** Whoever runs this program may have a mask of its own, under which the service could not find its certificate. */
const foldersMade: Step = async (host, { folders }) => {
  for (const path of folders) {
    const found = await host.entry(path);
    if (found?.kind !== "folder" || found.owner !== OPEN.owner || found.mode !== OPEN.mode) await host.makeFolder(path, OPEN);
  }
  return undefined;
};

const OPEN: FileAccess = { owner: "root", mode: 0o755 };

const filesWritten: Step = async (host, { salt, files, unwanted }) => {
  if (await differs(host, salt)) await write(host, salt);
  const wrong: WantedFile[] = [];
  for (const file of files) if (await differs(host, file)) wrong.push(file);
  const stale: string[] = [];
  for (const path of unwanted) if ((await host.entry(path)) !== undefined) stale.push(path);
  const unfinished = await isPending(host);
  if (wrong.length + stale.length > 0) await replace(host, { wrong, stale, last: files.slice(-1) });
  if (!unfinished && !wrong.some(({ path }) => path === PATHS.dropIn)) return undefined;
  return failure(host, LINES.reloadUnits, QUICK);
};

async function replace(host: Host, { wrong, stale, last }: { wrong: WantedFile[]; stale: string[]; last: WantedFile[] }): Promise<void> {
  await notePending(host);
  await host.removeFile(PATHS.environment);
  for (const path of stale) await host.removeFile(path);
  for (const file of [...wrong.filter((file) => !last.includes(file)), ...last]) await write(host, file);
}

async function differs(host: Host, { path, text, access }: WantedFile): Promise<boolean> {
  const found = await host.entry(path);
  if (found?.kind !== "file" || found.mode !== access.mode || found.owner !== access.owner) return true;
  return (await host.readFile(path)) !== text;
}

const write = (host: Host, { path, text, access }: WantedFile): Promise<void> => host.writeFile(path, text, access);

const notePending = (host: Host): Promise<void> => host.writeFile(PATHS.pendingRestart, "", { owner: "root", mode: 0o600 });

/** Whether what runs may be older than what is written. */
export const isPending = async (host: Host): Promise<boolean> => (await host.entry(PATHS.pendingRestart)) !== undefined;

const licensed: Step = async (host, { starts, document }) => (starts ? arrangeLicense(host, document.license, () => notePending(host)) : undefined);

/** Only text in a drop-in until systemd says the same: the last look before a copy could reach anybody. */
const alone: Step = async (host, { starts, settings }) =>
  starts && settings.purpose === "prove" && !isCutOff(await isolation(host))
    ? "isolation: by systemd's word the service would not be kept from other computers"
    : undefined;

/** Also where nothing starts yet: of a masked unit systemd need not tell whom it would keep it from. */
const unmasked: Step = async (host, { mayStart }) => (mayStart ? failure(host, LINES.unmask, QUICK) : undefined);

/** By the units as they are now, whoever wrote them: a service with another key would fill its database with what nobody can read. */
const keyGiven: Step = async (host, plan) => {
  const { keyFingerprint } = await installed(host);
  if (keyFingerprint === plan.keyFingerprint) return undefined;
  await host.removeFile(PATHS.environment);
  return "encryption key: by its units the service would not get the fleet's";
};

const STEPS: Step[] = [volumeMounted, noForeignKey, hostNamed, foldersMade, filesWritten, licensed, unmasked, alone, keyGiven];

async function serve(host: Host): Promise<Outcome> {
  const { state } = await unitState(host);
  const runs = state !== "inactive" && state !== "failed";
  return bringUp(host, runs && (await isPending(host)) ? "restart" : "start");
}
