import { TOPOLOGIES, type TopologyKind } from "@steward/core/topology/topology";
import { alert } from "@steward/functions/alert";
import { createRuntime, type WholeRuntime } from "@steward/functions/durable-runtime";
import { observe } from "@steward/functions/observe";
import { remediate } from "@steward/functions/remediate";
import { runbook } from "@steward/functions/runbook";
import type { CodeStore, ExecutionEnvironment, FunctionCode, LambdaHandler } from "@steward/simulator/account/functions";

/** The real handlers as the code of the simulated functions: only where their clients send to is the simulator's. */
export function functionCode(): CodeStore {
  const handlers = { observe, remediate, alert, runbook } satisfies Record<string, (runtime: WholeRuntime) => unknown>;
  return new Map(Object.entries(handlers).map(([id, handler]) => [id, start(handler)]));
}

const start =
  (handler: (runtime: WholeRuntime) => unknown): FunctionCode =>
  (environment) =>
    handler(runtimeIn(environment)) as LambdaHandler;

/** What `lambda/environment.ts` reads from the process, read from the simulated execution environment. */
const runtimeIn = ({ environment, credentials, region, account, requestHandler }: ExecutionEnvironment): WholeRuntime =>
  createRuntime({
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
