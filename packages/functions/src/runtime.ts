import { Logger } from "@aws-lambda-powertools/logger";
import { type ClientConfig, type Clients, createClientsOf, type Makers } from "@steward/aws/clients";
import { createWorldOf, type Parts, type StageWorld } from "@steward/aws/world";
import { type Policy, policyOf } from "@steward/core/fleet/policy";
import type { Keeping } from "@steward/core/settings/schema";
import { alarmIds } from "@steward/core/topology/alarms";
import { names } from "@steward/core/topology/names";
import type { Place, TopologyKind } from "@steward/core/topology/topology";

/**
 * Everything that the code of a function gets from where it runs; made once per execution environment. `Uses` names the
 * parts of the stage's world that it has; unsaid, those of `observe`, which neither acts, nor speaks to people, nor looks after snapshots.
 */
export interface Runtime<Uses extends keyof StageWorld = Exclude<keyof StageWorld, "actuators" | "copies" | "ownImages" | "snapshots" | "topic">> {
  stage: string;
  place: Place;
  policy: Policy;
  world: Pick<StageWorld, Uses>;
  /** Names of the alarms that this stage owns. */
  alarms: ReadonlySet<string>;
  logger: Logger;
}

export interface RuntimeConfig {
  stage: string;
  topology: TopologyKind;
  place: Place;
  clients: ClientConfig;
  /** Left out where nothing is kept or pruned. */
  keeping?: Keeping;
}

/** The clients and the parts of the world that a function's code carries: what it does not name is not in its bundle. */
export interface Equipment<Speaks extends keyof Clients, Uses extends keyof StageWorld> {
  clients: Pick<Makers, Speaks>;
  parts: Parts<Speaks, Uses>;
}

export const createRuntimeOf = <Speaks extends keyof Clients, Uses extends keyof StageWorld>(
  { clients, parts }: Equipment<Speaks, Uses>,
  config: RuntimeConfig,
): Runtime<Uses> => runtimeOver(createClientsOf(clients, clientsOf(config)), parts, config);

/** The clients that go with the settings: some may be of the region where copies are. */
export const clientsOf = ({ clients, keeping }: RuntimeConfig): ClientConfig => ({ ...clients, copyRegion: keeping?.snapshots?.copy?.region });

/** A runtime over clients that somebody else may use too. */
export function runtimeOver<Speaks extends keyof Clients, Uses extends keyof StageWorld>(
  clients: Pick<Clients, Speaks>,
  parts: Parts<Speaks, Uses>,
  { stage, topology, place, keeping }: RuntimeConfig,
): Runtime<Uses> {
  return {
    stage,
    place,
    policy: policyOf(topology, keeping),
    world: createWorldOf(parts, { clients, stage, topology, place, keeping, now: () => new Date() }),
    alarms: new Set(alarmIds.map((id) => names(stage).alarm(id))),
    logger: new Logger({ serviceName: `steward-${stage}` }),
  };
}
