import type { Person } from "@steward/aws/caller";
import type { Vault } from "@steward/aws/vault";
import { UsageError } from "../usage-error.ts";
import { fillVault } from "./fill.ts";
import { readGiven } from "./given-file.ts";
import { filledLines, putLine, statusLines, verifiedLines, warningLines } from "./lines.ts";
import { OfflineFile } from "./offline-file.ts";
import { hostOf, type OpenStage, openStage, type StageOptions, withVault } from "./open-vault.ts";
import { confirmCopy } from "./put.ts";
import { isPuttable, PUTTABLE, type PutOptions } from "./puttable.ts";
import { isComplete, statusOf } from "./status.ts";
import { verifyVault } from "./verify.ts";

/** What the command takes from around it. */
export interface Surroundings {
  /** Laid over the clients' settings; empty, they speak to AWS as the SDK finds it. */
  client: Partial<Person>;
  random: (bytes: number) => Uint8Array;
  now: () => Date;
  say: (text: string) => void;
  warn: (text: string) => void;
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");

type Work<T> = (vault: Vault, open: OpenStage) => Promise<T>;

const inVault = <T>(open: OpenStage, { profile }: StageOptions, { client, work }: { client: Partial<Person>; work: Work<T> }): Promise<T> =>
  withVault(open, { client, profile }, (vault) => work(vault, open));

/** Exit code 1: something is missing. */
export async function status(options: StageOptions & { json?: boolean }, { client, say }: Surroundings): Promise<number> {
  const open = await openStage(options);
  const places = await inVault(open, options, { client, work: statusOf });
  const complete = isComplete(places);
  say(options.json ? json({ stage: open.stage, complete, places }) : text(statusLines(places)));
  return complete ? 0 : 1;
}

export async function init(options: StageOptions & { offlineCopy?: string }, { client, random, say }: Surroundings): Promise<void> {
  const open = await openStage(options);
  const copy = new OfflineFile(options.offlineCopy, open.stage);
  const work: Work<Awaited<ReturnType<typeof fillVault>>> = (vault, { needed }) => fillVault(vault, { needed, random, copy });
  const filled = await inVault(open, options, { client, work }).catch((error: unknown) => {
    throw error instanceof UsageError && copy.left !== undefined ? new UsageError(`${error.message}\n${leftBehind(copy.left, open)}`) : error;
  });
  say(text([...filledLines(filled), "", ...afterwards(copy.left, open)]));
}

const leftBehind = (file: string, { stage }: OpenStage): string =>
  `The new key stays in ${file}, because it may have reached the vault. See npx steward secrets status --stage ${stage}; where the place is still empty, npx steward secrets put encryption-key --stage ${stage} --from ${file} goes on.`;

const afterwards = (file: string | undefined, { stage }: OpenStage): string[] => [
  ...(file === undefined
    ? ["No key was made by this call, so no copy was written."]
    : [
        `The key's only copy outside of AWS is ${file}. Move it to a medium that you keep offline, then:`,
        `  npx steward secrets confirm-offline-copy --stage ${stage} --from <file>`,
      ]),
  `What is still missing: npx steward secrets status --stage ${stage}`,
];

export async function confirm(options: StageOptions & { from: string }, { client, now, say, warn }: Surroundings): Promise<void> {
  const copy = readGiven(options.from);
  warn(text(warningLines(copy.warnings)));
  const open = await openStage(options);
  const fingerprint = await inVault(open, options, { client, work: (vault) => confirmCopy(vault, copy.text, now()) });
  say(`The offline copy is of the vault's key, fingerprint ${fingerprint}.\n`);
}

export async function put(what: string, options: PutOptions, { client, now, say, warn }: Surroundings): Promise<void> {
  if (!isPuttable(what)) throw new UsageError(`"${what}" cannot be put; there is ${Object.keys(PUTTABLE).join(", ")}. Everything else is made by init`);
  const open = await openStage(options);
  if (!open.needed.includes(what)) throw new UsageError(`stage ${open.stage} needs no ${what} by its settings; it needs ${open.needed.join(", ")}`);
  const work = PUTTABLE[what](options, open, { now, warn: (warnings) => warn(text(warningLines(warnings))) });
  say(text([putLine(what, await inVault(open, options, { client, work }))]));
}

/** Exit code 1: something is not well. */
export async function verify(options: StageOptions & { json?: boolean }, { client, now, say }: Surroundings): Promise<number> {
  const open = await openStage(options);
  const { needed, settings, stage, nodeRole } = open;
  const places = await inVault(open, options, { client, work: (vault) => verifyVault(vault, { needed, now: now(), host: hostOf(settings) }) });
  const well = places.every(({ problems }) => problems.length === 0);
  const readers = `Nodes read them with their own role, ${nodeRole}, and nobody hands them anything.`;
  say(options.json ? json({ stage, well, places }) : text([...verifiedLines(places), "", readers]));
  return well ? 0 : 1;
}
