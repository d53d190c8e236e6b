import type { TopologyKind } from "@steward/core/topology/topology";
import { followRealTime, serve } from "@steward/simulator/account/http";
import { createAccount } from "@steward/simulator/simulated-account";
import { drive } from "@steward/simulator/world/drive";
import { worldClock } from "@steward/simulator/world/install";
import { haTopology, singleTopology } from "../../settings.ts";
import { deployStage } from "./deploy-stage.ts";
import { serveMetadata } from "./metadata.ts";

/** How the test reaches the account; printed by the process as one line of JSON. */
export interface OpenAccount {
  url: string;
  /** Nodes of the stage by id, each with the address of its own instance metadata. */
  nodes: { instanceId: string; metadata: string }[];
  /** Secret of the database's master, as RDS would name it; null where there is no database. */
  masterSecret: string | null;
}

/**
 * A simulated account with what a node of the stage `demo` meets: keys, buckets, vault, ledger, parameters, and a group whose
 * instances wait in their launch hook. Nothing of Steward runs in it. It is served on loopback, in the machine's own time.
 */
export async function openAccount(now: Date, kind: TopologyKind): Promise<OpenAccount> {
  const world = createAccount({ code: new Map(), seed: 1 });
  const topology = kind === "ha" ? haTopology() : singleTopology();
  const { instanceIds, masterSecret } = await drive(() => deployStage(world, topology));
  worldClock().setSystemTime(now);
  const { port } = await serve(world.account, { port: 0, host: "127.0.0.1" });
  followRealTime();
  const nodes = [];
  for (const instanceId of instanceIds)
    nodes.push({ instanceId, metadata: await serveMetadata(world.account, { instanceId, profile: topology.nodeRole.instanceProfile }) });
  return { url: `http://127.0.0.1:${port}`, nodes, masterSecret };
}
