import { SETTINGS } from "@steward/cli/simulation/settings";
import type { StageSettings } from "@steward/core/settings/schema";
import type { Topology } from "@steward/core/topology/topology";
import { topologyOf } from "@steward/core/topology/topology-of";
import type { CodeStore } from "@steward/simulator/account/functions";
import { deploy } from "@steward/simulator/deploy/deploy";
import { SINGLE_IMAGE } from "@steward/simulator/fleet/machine-image";
import { createAccount, type SimulatedAccount } from "@steward/simulator/simulated-account";
import { advance, drive } from "@steward/simulator/world/drive";
import type { Scenario } from "./scenarios.ts";
import { HOURLY } from "./snapshots.ts";

export const STAGE = "bench";
const IMAGE = "ami-0123456789abcdef0";

/** A simulated account with a single server that serves, and Steward deployed beside it. Its settings let everything go that is due. */
export async function openAccount(scenario: Scenario, code: CodeStore): Promise<{ world: SimulatedAccount; topology: Topology; volumeId: string }> {
  const topology = topologyOf(STAGE, settingsFor(scenario));
  const world = createAccount({ code, seed: 1, dependencies: { defaultImage: SINGLE_IMAGE } });
  await drive(() => deploy(world, topology, { fleet: { imageId: IMAGE }, admitted: true }));
  await advance(60_000);
  const volume = [...world.ec2.volumes.values()].find(({ tags }) => tags.Name === topology.dataVolume?.name);
  if (!volume) throw new Error("the simulated server has no data volume");
  return { world, topology, volumeId: volume.id };
}

function settingsFor({ total, due, perSecond, burst }: Scenario): StageSettings {
  const { single } = SETTINGS;
  if (single.topology !== "single") throw new Error("the demonstration's single server is not one");
  const pruning = { perSecond, burst, atMost: 100_000, atMostPercent: 100 };
  const schedules = [{ id: HOURLY, everyHours: 1 as const, keep: { count: total - due } }];
  return { ...single, snapshots: { ...single.snapshots, schedules, floor: 3, pruning } };
}
