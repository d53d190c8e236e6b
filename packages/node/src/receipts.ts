import { CommandReceipt } from "@steward/core/fleet/probe";
import { z } from "zod";
import type { Host } from "./host.ts";
import { PATHS } from "./paths.ts";

/** A node keeps this many receipts; a repeat that comes later is no repeat any more. */
const KEPT = 20;

const Memory = z.object({ memory: z.literal(1), highestEpoch: z.number().int(), receipts: z.array(CommandReceipt) });
/** What a node remembers of the commands that it was given, oldest first. */
export type Memory = z.infer<typeof Memory>;

const NOTHING: Memory = { memory: 1, highestEpoch: 0, receipts: [] };

/** What the node remembers, or undefined when a memory is there but cannot be understood: then no command may be obeyed. */
export async function recall(host: Host): Promise<Memory | undefined> {
  const [lasting, inMemory] = [await memoryAt(host, PATHS.receipts), await memoryAt(host, PATHS.receiptsInMemory)];
  return lasting && inMemory && merged(lasting, inMemory);
}

async function memoryAt(host: Host, path: string): Promise<Memory | undefined> {
  const text = await host.readFile(path);
  return text === undefined ? NOTHING : Memory.safeParse(parsed(text)).data;
}

/** The later receipt of each key; of two of the same moment the one that has ended. */
function merged(lasting: Memory, inMemory: Memory): Memory {
  if (inMemory.receipts.length === 0) return lasting;
  const receipts = new Map<string, CommandReceipt>();
  for (const receipt of [...lasting.receipts, ...inMemory.receipts].sort(byTime)) receipts.set(receipt.key, receipt);
  return {
    memory: 1,
    highestEpoch: Math.max(lasting.highestEpoch, inMemory.highestEpoch),
    receipts: [...receipts.values()].sort(byTime).slice(-KEPT),
  };
}

const byTime = (a: CommandReceipt, b: CommandReceipt): number => a.at.getTime() - b.at.getTime() || hasEnded(a) - hasEnded(b);
const hasEnded = ({ outcome }: CommandReceipt): number => Number(outcome !== "running");

/** What is left of earlier commands; none where the memory cannot be understood. */
export const receiptsOf = async (host: Host): Promise<CommandReceipt[]> => (await recall(host))?.receipts ?? [];

/** A snapshot takes nothing out of the hands of a repair that is under way with an older lease. */
const ASIDE: ReadonlySet<string> = new Set(["quiesce", "thaw"]);

/** Keeps one receipt, in place of an older one of the same key, and the highest epoch of a command that was obeyed. */
export async function remember(host: Host, memory: Memory, receipt: CommandReceipt): Promise<Memory> {
  const others = memory.receipts.filter((other) => other.key !== receipt.key);
  const counts = receipt.outcome !== "refused" && !ASIDE.has(receipt.verb);
  const highestEpoch = !counts ? memory.highestEpoch : Math.max(memory.highestEpoch, receipt.epoch);
  const next: Memory = { memory: 1, highestEpoch, receipts: [...others, receipt].slice(-KEPT) };
  await keep(host, JSON.stringify(next));
  return next;
}

/** A root volume that takes nothing must not keep a node from being mended: a receipt in memory lasts until the boot. */
async function keep(host: Host, text: string): Promise<void> {
  const access = { mode: 0o600, owner: "root" };
  try {
    await host.writeFile(PATHS.receipts, text, access);
  } catch (error) {
    if (!FULL_OR_READ_ONLY.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
    await host.writeFile(PATHS.receiptsInMemory, text, access);
  }
}

const FULL_OR_READ_ONLY = new Set(["EROFS", "ENOSPC"]);

/** Parser messages quote what they read, so they are dropped. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
