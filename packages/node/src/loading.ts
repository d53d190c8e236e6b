import type { ProofReport } from "@steward/core/fleet/proof-report";
import type { Host } from "./host.ts";
import { LINES, run } from "./programs.ts";
import { propertiesIn, timestamp } from "./service.ts";

const QUICK = { ms: 10_000 };

type Loaded = ProofReport["loaded"];

/** Begins to read a whole device in the background, once per boot, and says how far that is. */
export async function loading(host: Host, device: string | undefined): Promise<Loaded> {
  const before = await look(host);
  if (before.state !== "not-begun" || device === undefined) return before;
  await run(host, LINES.load(device), QUICK);
  return look(host);
}

async function look(host: Host): Promise<Loaded> {
  const properties = propertiesIn((await run(host, LINES.loading, QUICK)).stdout);
  const state = stateOf(properties);
  if (state === "not-begun") return { state, since: null, until: null };
  return { state, since: timestamp(properties.get("ExecMainStartTimestamp")), until: timestamp(properties.get("ExecMainExitTimestamp")) };
}

/** A service that remains after its exit is active then, in the sub-state `exited`. Source: systemd.service(5), "RemainAfterExit". */
function stateOf(properties: Map<string, string>): Loaded["state"] {
  if (properties.get("LoadState") !== "loaded") return "not-begun";
  if (properties.get("SubState") === "exited") return "done";
  return properties.get("ActiveState") === "failed" ? "failed" : "running";
}
