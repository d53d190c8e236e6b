import type { FunctionId } from "@steward/core/topology/control-spec";
import { KEEPERS } from "@steward/core/topology/functions";
import { TOPOLOGIES, type TopologyKind } from "@steward/core/topology/topology";
import { alert } from "@steward/functions/alert";
import { approve } from "@steward/functions/approve";
import { createRuntime, type WholeRuntime } from "@steward/functions/durable-runtime";
import { keepSnapshots } from "@steward/functions/keep-snapshots";
import { keepingIn } from "@steward/functions/keeping";
import { observe } from "@steward/functions/observe";
import { remediate } from "@steward/functions/remediate";
import { runbook } from "@steward/functions/runbook";
import type { CodeStore, ExecutionEnvironment, FunctionCode, LambdaHandler } from "@steward/simulator/account/functions";

/** The real handlers as the code of the simulated functions: only where their clients send to is the simulator's. */
export function functionCode(): CodeStore {
  const handlers: Record<FunctionId, (runtime: WholeRuntime) => unknown> = { observe, remediate, alert, runbook, approve, "keep-snapshots": keepSnapshots };
  return new Map(Object.entries(handlers).map(([id, handler]) => [id, start(id as FunctionId, handler)]));
}

const start =
  (id: FunctionId, handler: (runtime: WholeRuntime) => unknown): FunctionCode =>
  (environment) =>
    handler(runtimeIn(id, environment)) as LambdaHandler;

/** What `lambda/environment.ts` and `lambda/keeping-environment.ts` read from the process, read from the simulated execution environment. */
const runtimeIn = (id: FunctionId, { environment, credentials, region, account, requestHandler }: ExecutionEnvironment): WholeRuntime =>
  createRuntime({
    ...(KEEPERS.includes(id) && { keeping: keepingIn(environment) }),
    stage: environment.STEWARD_STAGE ?? "",
    topology: topologyIn(environment),
    place: { account: environment.STEWARD_ACCOUNT ?? account, region },
    clients: { region, credentials, requestHandler },
  });

/** A function whose environment does not say it would decide for the wrong architecture. */
function topologyIn({ STEWARD_TOPOLOGY: kind }: Record<string, string>): TopologyKind {
  const topology = TOPOLOGIES.find((known) => known === kind);
  if (!topology) throw new Error(`STEWARD_TOPOLOGY is ${kind ?? "not set"}; there is ${TOPOLOGIES.join(", ")}`);
  return topology;
}
