import type { NetworkSpec } from "../topology/network-spec.ts";
import type { Topology } from "../topology/topology.ts";
import { alarms, composites, dashboard, events, functions, keys, messages, secrets, table } from "./control-costs.ts";
import { address, balancer, buckets, database, dataVolume, downloads, drills, endpoints, logGroups, natGateway, nodes } from "./fleet-costs.ts";
import { image } from "./image-costs.ts";
import type { CostGroup, Item, Rule } from "./items.ts";
import { PRICED_REGION, type Price } from "./prices.ts";

/** Kinds of things in a topology; each is paid or said to be free. */
type Kind = Exclude<keyof Topology, "network"> | `network.${keyof NetworkSpec}`;

/** What each kind costs, or why it costs nothing; a new kind does not compile before it is here. */
export const COSTS: Record<Kind, Rule> = {
  stage: "a name",
  kind: "a name",
  place: "an account has no price",
  tags: "tags are free",
  "network.vpc": "a VPC is free",
  "network.internetGateway": "an internet gateway is free; what leaves through it is not",
  "network.subnets": "subnets are free",
  "network.natGateway": natGateway,
  "network.routeTables": "route tables are free",
  "network.endpoints": endpoints,
  "network.securityGroups": "security groups are free",
  service: downloads,
  group: nodes,
  image,
  launchTemplate: "a launch template is free; its nodes are paid with the group",
  nodeRole: "roles are free",
  drillRole: drills,
  dataVolume,
  address,
  balancer,
  database,
  buckets,
  logGroups,
  keys,
  secrets,
  functions,
  table,
  alarms,
  composites,
  dashboard,
  bus: events,
  topics: messages,
  deadLetter: "a queue is free while nothing lies in it; a million requests cost 40 cents",
  rules: "AWS's own events and their delivery to functions are free",
  schedules: "scheduled rules are free; what they call is paid with the functions",
  parameters: "standard parameters are free",
  objects: "the documents are paid with their bucket",
  document: "command documents and Run Command are free",
};

/** One line of an estimate. Dollars are rounded to cents; null where the price is not known. */
export interface CostLine {
  group: CostGroup;
  what: string;
  quantity: number;
  price: Price | null;
  monthly: number | null;
}

/** What a stage costs in a month of 730 hours, in US dollars; each total is the sum of its lines, without those whose price is unknown. */
export interface Estimate {
  lines: CostLine[];
  totals: Record<CostGroup | "all", number>;
  /** What has no known price; then every total is a lower bound. */
  unknown: string[];
  pricesOf: string;
  /** Said where the stage lies in a region with other prices. */
  caveat: string | null;
}

const cents = (usd: number): number => Math.round(usd * 100) / 100;

const lineOf = ({ group, what, quantity, price }: Item): CostLine => ({
  group,
  what,
  quantity,
  price,
  monthly: price && cents((quantity / price.units) * price.usd),
});

/** Dearest first; what is not known might be dearer than all. */
const dearest = (one: CostLine, other: CostLine): number => (other.monthly ?? Number.MAX_VALUE) - (one.monthly ?? Number.MAX_VALUE);

/** The monthly cost of a stage at its serving size, from list prices and stated assumptions. */
export function estimate(topology: Topology): Estimate {
  const lines = Object.values(COSTS)
    .flatMap((rule) => (typeof rule === "string" ? [] : rule(topology).map(lineOf)))
    .sort(dearest);
  const total = (of: CostLine[]) => cents(of.reduce((sum, { monthly }) => sum + (monthly ?? 0), 0));
  const group = (id: CostGroup) => total(lines.filter((line) => line.group === id));
  const { region } = topology.place;
  return {
    lines,
    totals: { standing: group("standing"), "control-plane": group("control-plane"), usage: group("usage"), all: total(lines) },
    unknown: lines.filter(({ price }) => price === null).map(({ what }) => what),
    pricesOf: PRICED_REGION,
    caveat: region === PRICED_REGION ? null : `prices are those of ${PRICED_REGION}; ${region} has its own`,
  };
}
