import { FUNCTION_IDS, type FunctionId } from "@steward/core/topology/control-spec";
import type { Topology } from "@steward/core/topology/topology";
import type { CodeStore, ExecutionEnvironment, FunctionCode } from "@steward/simulator/account/functions";
import { apiOf } from "@steward/simulator/deploy/api";
import { type DeployOptions, deploy } from "@steward/simulator/deploy/deploy";
import { createAccount } from "@steward/simulator/simulated-account";
import { drive } from "@steward/simulator/world/drive";
import { haTopology } from "../../settings.ts";

/** The reference pair as a stage called demo. */
export const demoTopology = (): Topology => haTopology("demo");

/** What an operator raises the group with. */
export const demoFleet = { imageId: "ami-0123456789abcdef0" };

/** Functions that only note what they are given, until a test puts a task into one. */
export function notingFunctions() {
  const seen: Record<FunctionId, unknown[]> = { observe: [], remediate: [], alert: [], runbook: [], approve: [], "keep-snapshots": [] };
  const tasks: Partial<Record<FunctionId, (environment: ExecutionEnvironment, event: unknown) => Promise<unknown>>> = {};
  const code =
    (id: FunctionId): FunctionCode =>
    (environment) =>
    async (event) => {
      seen[id].push(event);
      return await tasks[id]?.(environment, event);
    };
  const store: CodeStore = new Map(FUNCTION_IDS.map((id) => [id, code(id)]));
  return { seen, tasks, store };
}

/** A world with the deployed pair in it, driven until the deploy is over. */
export async function deployedWorld({ seed = 1, topology = demoTopology(), ...options }: DeployOptions & { seed?: number; topology?: Topology } = {}) {
  const functions = notingFunctions();
  const world = createAccount({ code: functions.store, seed });
  const deployed = await drive(() => deploy(world, topology, { fleet: demoFleet, ...options }));
  return { ...functions, world, deployed, topology, operator: apiOf(world.account, world.operator) };
}
