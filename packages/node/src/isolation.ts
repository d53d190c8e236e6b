import type { Isolation } from "@steward/core/fleet/isolation";
import type { Host } from "./host.ts";
import { LINES, run } from "./programs.ts";
import { propertiesIn } from "./service.ts";

const LOOK = { ms: 5_000 };
/** Ranges in one list that fit into a report; nobody needs as many to be alone. */
const MOST = 20;

/** Who systemd keeps the service from, as it will be at its next start; null where it does not say. It prints `any` and `localhost` as ranges. */
export async function isolation(host: Host): Promise<Isolation | null> {
  const { exitCode, stdout } = await run(host, LINES.isolation, LOOK);
  const properties = propertiesIn(stdout);
  const [denied, allowed] = [properties.get("IPAddressDeny"), properties.get("IPAddressAllow")];
  if (exitCode !== 0 || denied === undefined || allowed === undefined) return null;
  const found = { denied: rangesIn(denied), allowed: rangesIn(allowed) };
  return found.denied.length > MOST || found.allowed.length > MOST ? null : found;
}

const rangesIn = (shown: string): string[] => shown.split(" ").filter(Boolean);
