import { DurableExecutionApiClient, type DurableExecutionClient } from "@aws/durable-execution-sdk-js";
import type { Logger } from "@aws-lambda-powertools/logger";
import { type Clients, createClientsOf, everyClient } from "@steward/aws/clients";
import { everyPart, type StageWorld } from "@steward/aws/world";
import { clientsOf, type Equipment, type Runtime, type RuntimeConfig, runtimeOver } from "./runtime.ts";

/** What a durable function gets from where it runs: its checkpoints go through one of its own clients. */
export interface DurableRuntime<Uses extends keyof StageWorld> extends Runtime<Uses> {
  durable: DurableExecutionClient;
}

export function createDurableRuntimeOf<Speaks extends keyof Clients, Uses extends keyof StageWorld>(
  { clients: makers, parts }: Equipment<Speaks | "lambda", Uses>,
  config: RuntimeConfig,
): DurableRuntime<Uses> {
  const clients = createClientsOf(makers, clientsOf(config));
  const runtime = runtimeOver(clients, parts, config);
  return { ...runtime, durable: complainingTo(runtime.logger, new DurableExecutionApiClient(clients.lambda)) };
}

/** What any function can run in: a world with every part. */
export type WholeRuntime = DurableRuntime<keyof StageWorld>;

export const createRuntime = (config: RuntimeConfig): WholeRuntime => createDurableRuntimeOf({ clients: everyClient, parts: everyPart }, config);

/** The SDK's own transport; what it has to complain of goes into our log instead of the console. */
const complainingTo = (logger: Logger, transport: DurableExecutionClient): DurableExecutionClient => ({
  getExecutionState: (request) => transport.getExecutionState(request, logger),
  checkpoint: (request) => transport.checkpoint(request, logger),
});
