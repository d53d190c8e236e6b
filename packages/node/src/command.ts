import { CommandEnvelope, type CommandReceipt, type NodeVerb } from "@steward/core/fleet/probe";
import type { Host } from "./host.ts";
import { PATHS } from "./paths.ts";
import { type Memory, recall, remember } from "./receipts.ts";

/** What a changing verb came to; `refused` means that nothing was touched. */
export type Outcome = { outcome: "done" } | { outcome: "failed" | "refused"; because: string };

/** A verb that changes the node; safe to repeat and to kill anywhere. */
export type Act = (host: Host, command: CommandEnvelope) => Promise<Outcome>;

export interface Result {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** 0 done, 1 failed, 2 not understood, 3 refused, 4 another command holds the node. */
export const EXIT = { done: 0, failed: 1, usage: 2, refused: 3, busy: 4 } as const;

/** Together with the longest wait of a verb this stays below the time that a command may run. */
const LOCK_WAIT_MS = 20_000;

/** Obeys one command at most once: under the node's lock, never for a lower epoch, never late, with a receipt by its key. */
export async function obey(host: Host, verb: NodeVerb, envelope: CommandEnvelope, act: Act): Promise<Result> {
  const unlock = await host.lock(LOCK_WAIT_MS);
  if (!unlock) return complain(EXIT.busy, "another command is running on this node");
  try {
    await dropLeftovers(host);
    return await obeyAlone(host, verb, envelope, act);
  } finally {
    await unlock();
  }
}

/** Takes away what a killed command may have left in memory for one run of psql; does nothing while another command may need it. */
export async function dropSecrets(host: Host): Promise<void> {
  const unlock = await host.lock(0);
  if (unlock) await dropLeftovers(host).finally(unlock);
}

async function dropLeftovers(host: Host): Promise<void> {
  for (const path of [PATHS.passfile, PATHS.sql]) await host.removeFile(path);
}

async function obeyAlone(host: Host, verb: NodeVerb, envelope: CommandEnvelope, act: Act): Promise<Result> {
  const memory = await recall(host);
  if (!memory) return complain(EXIT.failed, `the memory of earlier commands at ${PATHS.receipts} cannot be understood`);
  const old = memory.receipts.find((receipt) => receipt.key === envelope.key);
  if (old && old.verb !== verb) return complain(EXIT.refused, `this key was given with ${old.verb} before`);
  if (old && old.outcome !== "running") return say(old);
  const receipt: CommandReceipt = { key: envelope.key, verb, epoch: envelope.epoch, at: host.now(), outcome: "running" };
  const because = objection(memory, { ...envelope, verb }, host.now());
  if (because) return conclude(host, memory, receipt, { outcome: "refused", because });
  const begun = await remember(host, memory, receipt);
  return conclude(host, begun, receipt, await act(host, envelope).catch(surprise));
}

/** Why a command must not begin; a command left unfinished by a crash is judged again. Whoever lets a volume go never comes too late in the order of leases. */
function objection(memory: Memory, envelope: CommandEnvelope & { verb: NodeVerb }, now: Date): string | undefined {
  if (envelope.verb !== "thaw" && envelope.epoch < memory.highestEpoch)
    return `epoch ${envelope.epoch} is older than ${memory.highestEpoch}, which this node has seen`;
  if (now > envelope.notAfter) return `it is ${now.toISOString()}, and the command was not to begin after ${envelope.notAfter.toISOString()}`;
  return undefined;
}

async function conclude(host: Host, memory: Memory, receipt: CommandReceipt, outcome: Outcome): Promise<Result> {
  const final: CommandReceipt = { ...receipt, at: host.now(), ...outcome };
  await remember(host, memory, final);
  return say(final);
}

const surprise = (error: unknown): Outcome => ({ outcome: "failed", because: unexpected(error) });

/** A sentence for an error that nobody foresaw. */
export const unexpected = (error: unknown): string => `stopped by an unexpected error: ${nameOf(error)}`;

/** Code or name of an error; its message may quote what was read, so it is not kept. */
export const nameOf = (error: unknown): string => (error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.name) : "unknown");

/** The receipt for the caller: the same for a repeat as for the first time. */
function say(receipt: CommandReceipt): Result {
  const exitCode = receipt.outcome === "running" ? EXIT.failed : EXIT[receipt.outcome];
  return { exitCode, stdout: JSON.stringify(receipt), stderr: receipt.because === undefined ? "" : `steward-node: ${receipt.because}\n` };
}

export const complain = (exitCode: number, because: string): Result => ({ exitCode, stdout: "", stderr: `steward-node: ${because}\n` });

/** The envelope of a command-line payload, or undefined when it is none. */
export function decodeEnvelope(payload: string | undefined): CommandEnvelope | undefined {
  if (payload === undefined || !/^[A-Za-z0-9_-]+$/.test(payload)) return undefined;
  try {
    return CommandEnvelope.safeParse(JSON.parse(Buffer.from(payload, "base64url").toString("utf8"))).data;
  } catch {
    return undefined;
  }
}
