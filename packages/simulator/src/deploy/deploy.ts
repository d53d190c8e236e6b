import { fillAll } from "@steward/core/topology/placeholders";
import type { Topology } from "@steward/core/topology/topology";
import type { SimulatedAccount } from "../simulated-account.ts";
import { admitAll } from "./admit.ts";
import { deployAlarms } from "./alarms.ts";
import { type Api, apiOf, patient } from "./api.ts";
import { type Balancer, deployBalancer, dimensionsOf } from "./balancer.ts";
import { deployDatabase } from "./database.ts";
import { type FirstFleet, raiseFleet } from "./first-deploy.ts";
import { type DeployedFunctions, deployFunctions } from "./functions.ts";
import { deployGroup } from "./group.ts";
import { deployImage } from "./image.ts";
import { deployKeys } from "./keys.ts";
import { deployMessaging, type Messaging } from "./messaging.ts";
import { type Named, tagList } from "./named.ts";
import { deployNetwork } from "./network.ts";
import { deployParameters, deployTable } from "./state.ts";
import { deployBuckets, deployObjects, deploySecrets } from "./storage.ts";
import { deployTriggers } from "./triggers.ts";
import { given } from "./wait.ts";

export interface DeployOptions {
  /** What the operator raises the group with, as the first deploy does in the end; left out, the group stays empty. */
  fleet?: FirstFleet;
  /** Waits until every node serves, before anything watches the fleet: the fleet as a finished first deploy leaves it. */
  admitted?: boolean;
}

/** What AWS has named; everything else has the name that the topology gave. */
export interface Deployed extends Messaging {
  topology: Topology;
  /** By placeholder or by the topology's own id. */
  named: Named;
  balancer?: Balancer;
  tableArn: string;
  databaseArn?: string;
  imagePipelineArn: string;
  groupArn: string;
  functions: DeployedFunctions;
  /** Rule name, schedules included, to ARN. */
  ruleArns: Record<string, string>;
}

/**
 * Creates everything that a topology says, and nothing else, through the account's own API as the deployer.
 *
 * Everything that watches comes before the first node, so that its launch finds its rules; with `admitted` after it,
 * so that nothing of the boot is on anybody's record. Runs in virtual time: call it inside `drive`.
 */
export async function deploy(world: SimulatedAccount, topology: Topology, { fleet, admitted = false }: DeployOptions = {}): Promise<Deployed> {
  const base = await deployBase(world, topology);
  if (!fleet) return { topology, ...base, ...(await deployControl(world, topology, base)) };
  const operator = patient(apiOf(world.account, world.operator));
  if (!admitted) {
    const control = await deployControl(world, topology, base);
    const more = await raiseFleet(world, topology, { named: base.named, fleet });
    return { topology, ...base, ...control, named: { ...base.named, ...more } };
  }
  const named = { ...base.named, ...(await raiseFleet(world, topology, { named: base.named, fleet })) };
  await admitAll(world.account, operator, topology, { named, targetGroupArn: base.balancer?.targetGroupArn });
  return { topology, ...base, named, ...(await deployControl(world, topology, base)) };
}

type Base = Omit<Deployed, "topology" | "functions" | "ruleArns">;

async function deployBase(world: SimulatedAccount, topology: Topology): Promise<Base> {
  const api = deployerOf(world);
  const keys = await deployKeys(api, topology.keys, topology.tags);
  const named = { ...keys, ...(await deployNetwork(api, topology.network, topology.tags)), ...(await deployAddress(api, topology)) };
  const stored = await deployState(world, topology, named);
  const balancer = await deployBalancer(api, topology.balancer, named);
  addInstanceRoles(world, topology, named);
  const group = await deployGroup(api, topology, named, balancer?.targetGroupArn);
  const imagePipelineArn = await deployImage(world.account, api, topology, named);
  return { ...stored, ...group, imagePipelineArn, balancer, named: { ...named, ...dimensionsOf(balancer) } };
}

async function deployState(world: SimulatedAccount, topology: Topology, named: Named) {
  const api = deployerOf(world);
  await deployBuckets(api, topology.buckets, named);
  await deployObjects(api, given(topology.buckets.find(({ id }) => id === "state")?.name, "the state bucket"), topology.objects);
  await deploySecrets(api, topology.secrets, named);
  const table = await deployTable(api, topology);
  await deployParameters(api, topology);
  const messaging = await deployMessaging(api, world.sns, topology, named);
  return { ...table, ...messaging, ...(await deployDatabase(api, topology, named)) };
}

async function deployAddress(api: Api, { address }: Topology): Promise<Named> {
  if (!address) return {};
  const Tags = tagList({ ...address.tags, Name: address.name });
  const { AllocationId, PublicIp } = await api("ec2", "AllocateAddress", { Domain: "vpc", TagSpecifications: [{ ResourceType: "elastic-ip", Tags }] });
  return { address: given(AllocationId, "the address's id"), publicIp: given(PublicIp, "the address") };
}

/** From now on every node has the rights of its role, and every machine of a restore drill those of another. */
function addInstanceRoles({ account }: SimulatedAccount, { nodeRole, drillRole }: Topology, named: Named): void {
  for (const role of [nodeRole, drillRole]) if (role) account.roles.set(role.instanceProfile, fillAll(role.policy, named));
}

async function deployControl(world: SimulatedAccount, topology: Topology, base: Base): Promise<Pick<Deployed, "functions" | "ruleArns">> {
  const api = deployerOf(world);
  const functions = await deployFunctions(world.account, api, topology.functions, { deadLetterArn: base.queueArn, named: base.named });
  const ruleArns = await deployTriggers(api, topology, functions, base.queueArn);
  await startAtDeploy(api, topology, functions);
  await deployAlarms(api, topology, base);
  return { functions, ruleArns };
}

/** What a deploy starts once itself: after it nothing counts as silent. A function that fails now fails the deploy. */
async function startAtDeploy(api: Api, { schedules }: Topology, functions: DeployedFunctions): Promise<void> {
  for (const { target, atDeploy } of schedules.filter((schedule) => schedule.atDeploy !== null)) {
    const { name, qualifier } = given(functions[target], `the function ${target}`);
    const Payload = new TextEncoder().encode(JSON.stringify(atDeploy));
    const { FunctionError, Payload: answer } = await api("lambda", "Invoke", { FunctionName: name, Qualifier: qualifier, Payload });
    if (FunctionError) throw new Error(`${name} failed at its first start: ${new TextDecoder().decode(answer)}`);
  }
}

const deployerOf = ({ account, deployer }: SimulatedAccount): Api => patient(apiOf(account, deployer));
