import { CommandReceipt } from "@steward/core/fleet/probe";
import { z } from "zod";
import type { Host } from "./host.ts";
import { PATHS } from "./paths.ts";

/** A node keeps this many receipts; a repeat that comes later is no repeat any more. */
const KEPT = 20;

const Memory = z.object({ memory: z.literal(1), highestEpoch: z.number().int(), receipts: z.array(CommandReceipt) });
/** What a node remembers of the commands that it was given, oldest first. */
export type Memory = z.infer<typeof Memory>;

/** What the node remembers, or undefined when the memory is there but cannot be understood: then no command may be obeyed. */
export async function recall(host: Host): Promise<Memory | undefined> {
  const text = await host.readFile(PATHS.receipts);
  if (text === undefined) return { memory: 1, highestEpoch: 0, receipts: [] };
  return Memory.safeParse(parsed(text)).data;
}

/** What is left of earlier commands; none where the memory cannot be understood. */
export const receiptsOf = async (host: Host): Promise<CommandReceipt[]> => (await recall(host))?.receipts ?? [];

/** Keeps one receipt, in place of an older one of the same key, and the highest epoch of a command that was obeyed. */
export async function remember(host: Host, memory: Memory, receipt: CommandReceipt): Promise<Memory> {
  const others = memory.receipts.filter((other) => other.key !== receipt.key);
  const highestEpoch = receipt.outcome === "refused" ? memory.highestEpoch : Math.max(memory.highestEpoch, receipt.epoch);
  const next: Memory = { memory: 1, highestEpoch, receipts: [...others, receipt].slice(-KEPT) };
  await host.writeFile(PATHS.receipts, JSON.stringify(next), { mode: 0o600, owner: "root" });
  return next;
}

/** Parser messages quote what they read, so they are dropped. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
