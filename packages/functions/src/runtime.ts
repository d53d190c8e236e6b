import type { DurableExecutionClient } from "@aws/durable-execution-sdk-js";
import { DurableExecutionApiClient } from "@aws/durable-execution-sdk-js";
import { Logger } from "@aws-lambda-powertools/logger";
import { type ClientConfig, createClients } from "@steward/aws/clients";
import { createWorld, type StageWorld } from "@steward/aws/world";
import { defaultPolicy, type Policy } from "@steward/core/fleet/policy";
import { alarmIds } from "@steward/core/topology/alarms";
import { names } from "@steward/core/topology/names";
import type { Place } from "@steward/core/topology/topology";

/** Everything that the code of a function gets from where it runs; made once per execution environment. */
export interface Runtime {
  stage: string;
  place: Place;
  policy: Policy;
  world: StageWorld;
  /** Names of the alarms that this stage owns. */
  alarms: ReadonlySet<string>;
  durable: DurableExecutionClient;
  logger: Logger;
}

export interface RuntimeConfig {
  stage: string;
  place: Place;
  clients: ClientConfig;
}

export function createRuntime({ stage, place, clients: config }: RuntimeConfig): Runtime {
  const clients = createClients(config);
  const logger = new Logger({ serviceName: `steward-${stage}` });
  return {
    stage,
    place,
    policy: defaultPolicy,
    world: createWorld({ clients, stage, place, now: () => new Date() }),
    alarms: new Set(alarmIds.map((id) => names(stage).alarm(id))),
    durable: complainingTo(logger, new DurableExecutionApiClient(clients.lambda)),
    logger,
  };
}

/** The SDK's own transport; what it has to complain of goes into our log instead of the console. */
const complainingTo = (logger: Logger, transport: DurableExecutionClient): DurableExecutionClient => ({
  getExecutionState: (request) => transport.getExecutionState(request, logger),
  checkpoint: (request) => transport.checkpoint(request, logger),
});
