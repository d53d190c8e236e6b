import { names } from "@steward/core/topology/names";
import type { Topology } from "@steward/core/topology/topology";
import type { SimulatedAccount } from "../simulated-account.ts";
import { admitAll } from "./admit.ts";
import { deployAlarms } from "./alarms.ts";
import { type Api, apiOf, patient } from "./api.ts";
import { type Balancer, deployBalancer, dimensionsOf } from "./balancer.ts";
import { deployDatabase } from "./database.ts";
import { type DeployedFunctions, deployFunctions } from "./functions.ts";
import { deployGroup } from "./group.ts";
import { deployMessaging, type Messaging } from "./messaging.ts";
import { deployParameters, deployTable } from "./state.ts";
import { deployTriggers } from "./triggers.ts";

export interface DeployOptions {
  /** Waits until every node serves, before anything watches the fleet: the fleet as a finished first deploy leaves it. */
  admitted?: boolean;
  /** Whoever reads the topic for people. */
  email?: string;
  /** Where the load balancer stands; the topology speaks of the nodes' subnets only. */
  balancer?: { vpc: string; subnets: string[] };
}

/** What AWS has named; everything else has the name that the topology gave. */
export interface Deployed extends Messaging, Balancer {
  topology: Topology;
  tableArn: string;
  databaseArn?: string;
  groupArn: string;
  functions: DeployedFunctions;
  /** Rule name, schedules included, to ARN. */
  ruleArns: Record<string, string>;
}

const PUBLIC = { vpc: "vpc-0a1b2c3d4e5f60718", subnets: ["subnet-0aaaaaaaaaaaaaaa1", "subnet-0bbbbbbbbbbbbbbb2"] };

/**
 * Creates everything that a topology says, and nothing else, through the account's own API as the deployer.
 *
 * Everything that watches comes before the group, so that the first launch finds its rules; with `admitted` after it,
 * so that nothing of the boot is on anybody's record. Runs in virtual time: call it inside `drive`.
 */
export async function deploy(world: SimulatedAccount, topology: Topology, options: DeployOptions = {}): Promise<Deployed> {
  const base = await deployBase(world, topology, options);
  if (!options.admitted) {
    const control = await deployControl(world, topology, base);
    return { topology, ...base, ...control, ...(await deployFleet(world, topology, base.targetGroupArn)) };
  }
  const fleet = await deployFleet(world, topology, base.targetGroupArn);
  await admitAll(world.account, patient(apiOf(world.account, world.operator)), topology, base.targetGroupArn);
  return { topology, ...base, ...fleet, ...(await deployControl(world, topology, base)) };
}

type Base = Messaging & Balancer & { tableArn: string; databaseArn?: string };

async function deployBase(world: SimulatedAccount, topology: Topology, { email = "people@example.com", balancer = PUBLIC }: DeployOptions): Promise<Base> {
  const api = deployerOf(world);
  const table = await deployTable(api, topology);
  await deployParameters(api, topology);
  world.dependencies.desired = () => world.ssm.value(names(topology.stage).desired);
  const messaging = await deployMessaging(api, world.sns, topology, email);
  const database = await deployDatabase(api, topology);
  return { ...table, ...messaging, ...database, ...(await deployBalancer(api, topology.targetGroup, balancer)) };
}

async function deployControl(world: SimulatedAccount, topology: Topology, base: Base): Promise<Pick<Deployed, "functions" | "ruleArns">> {
  const api = deployerOf(world);
  const functions = await deployFunctions(world.account, api, topology.functions, base.queueArn);
  const ruleArns = await deployTriggers(api, topology, functions, base.queueArn);
  await deployAlarms(api, topology.alarms, { named: dimensionsOf(base), topicArn: base.topicArn });
  return { functions, ruleArns };
}

const deployFleet = (world: SimulatedAccount, topology: Topology, targetGroupArn: string): Promise<{ groupArn: string }> =>
  deployGroup(deployerOf(world), topology, targetGroupArn);

const deployerOf = ({ account, deployer }: SimulatedAccount): Api => patient(apiOf(account, deployer));
