import type { CommandEnvelope } from "@steward/core/fleet/probe";
import type { Host } from "../host.ts";
import { PATHS } from "../paths.ts";
import { recall } from "../receipts.ts";

const BOOT_GRACE_MS = 10 * 60_000;

/** The order that boot gives itself, once per boot: as good as the last lease this node has seen, and no better. */
export async function bootEnvelope(host: Host): Promise<CommandEnvelope> {
  const bootId = (await host.readFile(PATHS.bootId))?.trim() ?? "unknown";
  const epoch = (await recall(host))?.highestEpoch ?? 0;
  return { key: `boot-${bootId}`, epoch, notAfter: new Date(host.now().getTime() + BOOT_GRACE_MS) };
}
