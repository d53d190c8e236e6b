import { settingsOf } from "@steward/core/settings/read";
import type { Topology } from "@steward/core/topology/topology";
import { topologyOf } from "@steward/core/topology/topology-of";
import example from "./example.config.ts";
import type { Graph, Resource } from "./graph/graph.ts";
import { ec2Id, uuid } from "./graph/ids.ts";
import { revealed } from "./graph/stages.ts";

export const STAGES = ["single", "ha"] as const;

/** What an example stage is meant to be, out of its settings alone. */
export const topology = (stage: string, config: unknown = example): Topology => topologyOf(stage, settingsOf(config, stage));

type Inputs = Record<string, unknown>;

/** Inputs of every resource of a type, secrets opened. */
export const inputsOf = ({ resources }: Graph, type: string): Inputs[] =>
  resources.filter((one) => one.type === type).map(({ inputs }) => revealed(inputs) as Inputs);

/** Inputs of the only resource of a type. */
export function only(graph: Graph, type: string): Inputs {
  const [found, ...others] = inputsOf(graph, type);
  if (!found || others.length > 0) throw new Error(`${others.length + (found ? 1 : 0)} resources of type ${type}, expected one`);
  return found;
}

/** What a resource is called on AWS, whichever of its inputs says it. */
export const physicalName = ({ inputs }: Resource): string =>
  String(inputs.name ?? inputs.bucket ?? inputs.identifier ?? (inputs.tags as Inputs | undefined)?.Name ?? "");

const EC2_PREFIXES: Record<string, string> = {
  "aws:ec2/vpc:Vpc": "vpc",
  "aws:ec2/subnet:Subnet": "subnet",
  "aws:ec2/securityGroup:SecurityGroup": "sg",
  "aws:ec2/routeTable:RouteTable": "rtb",
  "aws:ec2/internetGateway:InternetGateway": "igw",
  "aws:ec2/natGateway:NatGateway": "nat",
};

/** What the ids that AWS gives stand for: an id of EC2 for the physical name behind it. */
export const namesById = ({ resources }: Graph): Map<string, string> =>
  new Map(resources.flatMap((one) => (EC2_PREFIXES[one.type] ? [[ec2Id(EC2_PREFIXES[one.type] ?? "", one.name), physicalName(one)]] : [])));

/** ARNs of the keys by their placeholder, as the graph's account gives them. */
export const keyArns = ({ keys, place }: Topology): Record<string, string> =>
  Object.fromEntries(keys.map(({ id }) => [`key:${id}`, `arn:aws:kms:${place.region}:${place.account}:key/${uuid(`Key-${id}`)}`]));

/** Physical names behind ids that AWS gave, in their order. */
export const namesOf = (graph: Graph, ids: unknown): (string | undefined)[] => (ids as string[]).map((id) => namesById(graph).get(id));
