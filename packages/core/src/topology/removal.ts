import type { Topology } from "./topology.ts";

/**
 * What becomes of a thing when its stage is removed, or when a change of settings drops it.
 * `goes`: deleted. `stays`: AWS keeps it, the deploy forgets it. `protected`: it stays, and no deploy may delete or replace it
 * until the stage's protection is lifted on purpose.
 */
export type Fate = "goes" | "stays" | "protected";

/** Kinds of things that a deploy makes. */
export type DeployedKind =
  | "network"
  | "traffic"
  | "key"
  | "bucket"
  | "state-object"
  | "secret"
  | "database"
  | "database-surroundings"
  | "table"
  | "parameter"
  | "document"
  | "role"
  | "launch-template"
  | "group"
  | "image-pipeline"
  | "balancer"
  | "address"
  | "log-group"
  | "messaging"
  | "function"
  | "trigger"
  | "alarm"
  | "dashboard";

/** Kinds of things that Steward makes; no deploy knows them, so none can delete them. */
export type StewardsKind = "data-volume" | "snapshot" | "drill" | "image" | "node-template" | "desired-state";

export interface Removal {
  fate: Fate;
  /** What the operator is told. */
  words: string;
}

/** Read by the stacks, by what announces a removal, and by `docs/deploying.md`. */
export const REMOVAL: Record<DeployedKind | StewardsKind, Removal> = {
  network: { fate: "stays", words: "VPC, subnets, route tables and security groups: the database lives in them, and they cost nothing" },
  traffic: { fate: "goes", words: "routes, NAT gateway, endpoints and the rules of security groups: nothing reaches what stays" },
  key: { fate: "protected", words: "KMS keys and their aliases: what they encrypt would be lost with them" },
  bucket: { fate: "protected", words: "buckets with all they hold, their policies and encryption" },
  "state-object": { fate: "stays", words: "documents in the state bucket: what was declared, and when" },
  secret: { fate: "protected", words: "secrets: encryption key, licence, certificate and database logins" },
  database: { fate: "protected", words: "the database and its backups" },
  "database-surroundings": { fate: "stays", words: "subnet group and parameter group of the database" },
  table: { fate: "protected", words: "the table with incidents, runs and leases" },
  parameter: { fate: "goes", words: "the pointer to what was declared, and the switch" },
  document: { fate: "goes", words: "the command document for nodes" },
  role: { fate: "goes", words: "roles of functions, nodes, restore drills and Auto Scaling" },
  "launch-template": { fate: "goes", words: "the base launch template" },
  group: { fate: "goes", words: "the group and every node in it" },
  "image-pipeline": { fate: "goes", words: "the pipeline of the golden image, with its recipe and components" },
  balancer: { fate: "goes", words: "load balancer, target group and listeners; the stage's protection also holds the balancer's own" },
  address: { fate: "protected", words: "the Elastic IP: users know the server by it" },
  "log-group": { fate: "stays", words: "log groups, until their retention ends them" },
  messaging: { fate: "goes", words: "event bus, topics with their subscriptions, and the dead-letter queue with what lies in it" },
  function: { fate: "goes", words: "functions; runs in flight end" },
  trigger: { fate: "goes", words: "rules, schedules and their targets" },
  alarm: { fate: "goes", words: "alarms" },
  dashboard: { fate: "goes", words: "the dashboard" },
  "data-volume": { fate: "stays", words: "the data volume: Steward's, unknown to deploys" },
  snapshot: { fate: "stays", words: "snapshots of the data volume: Steward's, unknown to deploys" },
  drill: {
    fate: "stays",
    words: "machine and volume of a restore drill that runs just then, by their tag steward:drill: Steward's, unknown to deploys",
  },
  image: { fate: "stays", words: "golden images and their snapshots: Steward's, unknown to deploys" },
  "node-template": { fate: "stays", words: "the launch template with the image: Steward's, unknown to deploys" },
  "desired-state": { fate: "stays", words: "the desired state of the nodes: Steward's, unknown to deploys" },
};

/** What an operator finds in the account after this stage is gone, in words. */
export function whatStays({ database, balancer, address, dataVolume }: Topology): string[] {
  const absent: string[] = [
    ...(database ? [] : ["database", "database-surroundings"]),
    ...(balancer ? [] : ["balancer"]),
    ...(address ? [] : ["address"]),
    ...(dataVolume ? [] : ["data-volume", "snapshot", "drill"]),
  ];
  return Object.entries(REMOVAL).flatMap(([kind, { fate, words }]) => (fate === "goes" || absent.includes(kind) ? [] : [words]));
}
