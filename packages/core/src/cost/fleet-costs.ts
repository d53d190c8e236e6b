import type { VolumeSpec } from "../topology/fleet-spec.ts";
import type { Topology } from "../topology/topology.ts";
import { ASSUMED, installsOf } from "./assumptions.ts";
import { allMonth, type Item, standing, usage } from "./items.ts";
import { DATABASE_HOURS, HOURS_PER_MONTH, NODE_HOURS, PRICES, TRANSFER_OUT } from "./prices.ts";

/** What users download in a month, in GB. */
const downloadedGb = ({ kind }: Topology): number => (installsOf(kind) * ASSUMED.installMb.value) / 1_000;

/** gp3 gives 3,000 operations a second and 125 MiB/s with the storage. Source: EBS User Guide, "General Purpose SSD volumes". */
const volumes = (what: string, { gib, iops, throughput }: Pick<VolumeSpec, "gib" | "iops" | "throughput">, count: number): Item[] => [
  standing(`${what}, ${gib} GiB gp3`, count * gib, PRICES.volume),
  ...(iops > 3_000 ? [standing(`${what}, operations`, count * (iops - 3_000), PRICES.volumeOperations)] : []),
  ...(throughput > 125 ? [standing(`${what}, throughput`, count * (throughput - 125), PRICES.volumeThroughput)] : []),
];

/** The size at which the group serves; a deploy itself starts no node. */
export function nodes({ group, launchTemplate: { instanceType, rootVolume } }: Topology): Item[] {
  const { desired } = group.serving;
  return [
    standing(`${desired} ${desired === 1 ? "node" : "nodes"}, ${instanceType}`, allMonth(desired), NODE_HOURS.get(instanceType) ?? null),
    ...volumes("root volumes", rootVolume, desired),
  ];
}

export function dataVolume({ dataVolume: volume }: Topology): Item[] {
  if (!volume) return [];
  const kept = Math.min(volume.gib, ASSUMED.cachedGb.value) + ASSUMED.changedGb.value * ASSUMED.snapshotDays.value;
  return [...volumes("data volume", volume, 1), usage("snapshots of the data volume", kept, PRICES.snapshot)];
}

/** What restore drills launch and make, while it is there. */
export function drills({ drillRole, dataVolume: volume, launchTemplate: { instanceType, rootVolume } }: Topology): Item[] {
  if (!drillRole || !volume) return [];
  const hours = ASSUMED.drills.value * ASSUMED.drillHours.value;
  return [
    usage(`restore drills, ${instanceType}`, hours, NODE_HOURS.get(instanceType) ?? null),
    usage("restore drills, volumes gp3", ((volume.gib + rootVolume.gib) * hours) / HOURS_PER_MONTH, PRICES.volume),
    usage("restore drills, public address", hours, PRICES.publicAddress),
  ];
}

export const address = ({ address: fixed }: Topology): Item[] => (fixed ? [standing("public address of the server", allMonth(), PRICES.publicAddress)] : []);

/** One capacity unit carries 1 GB an hour and 25 new connections a second. Source: Elastic Load Balancing pricing page. */
export function balancer(topology: Topology): Item[] {
  if (!topology.balancer) return [];
  const perSecond = installsOf(topology.kind) / (HOURS_PER_MONTH * 3_600);
  return [
    standing("load balancer", allMonth(), PRICES.balancer),
    standing("public addresses of the load balancer, one in each zone", allMonth(topology.balancer.subnets.length), PRICES.publicAddress),
    usage("load balancer, capacity", Math.max(downloadedGb(topology), allMonth(perSecond / 25)), PRICES.balancerCapacity),
  ];
}

export function natGateway({ network: { natGateway: gateway } }: Topology): Item[] {
  if (!gateway) return [];
  return [
    standing("NAT gateway", allMonth(), PRICES.natGateway),
    standing("public address of the NAT gateway", allMonth(), PRICES.publicAddress),
    usage("NAT gateway, data", ASSUMED.fetchedGb.value, PRICES.natData),
  ];
}

/** Gateway endpoints are free; interface endpoints cost for each zone that they are in. */
export function endpoints({ network }: Topology): Item[] {
  const zones = network.endpoints.map(({ at }) => (at.kind === "interface" ? at.subnets.length : 0)).reduce((sum, count) => sum + count, 0);
  return zones > 0 ? [standing("interface endpoints", allMonth(zones), PRICES.interfaceEndpoint)] : [];
}

/** RDS vaults the master password in a secret of its own. Source: RDS User Guide, "Password management with Amazon RDS and AWS Secrets Manager". */
export function database({ database: spec }: Topology): Item[] {
  if (!spec) return [];
  const copies = spec.multiAz ? 2 : 1;
  return [
    standing(`database, ${spec.instanceClass}${spec.multiAz ? " and its standby" : ""}`, allMonth(copies), DATABASE_HOURS.get(spec.instanceClass) ?? null),
    standing("database, storage gp3", copies * spec.storageGib, PRICES.databaseStorage),
    standing("database, secret with the master password", 1, PRICES.secret),
    usage("database, logs", spec.logExports.length * ASSUMED.databaseLogGb.value, PRICES.logsIngested),
  ];
}

/** Packages are written once and read with every install; access logs lie until they expire. */
export function buckets({ kind, buckets: all }: Topology): Item[] {
  const installs = installsOf(kind);
  return all.flatMap(({ id, lifecycle }): Item[] => {
    if (id === "state") return [usage("documents of Steward", ASSUMED.stateGb.value, PRICES.objectStorage)];
    if (id === "access-logs") {
      const days = Math.max(...lifecycle.map(({ expireDays }) => expireDays ?? 0));
      return [usage("access logs of the load balancer", ((installs * ASSUMED.accessLogBytes.value) / 1e9) * (days / 30), PRICES.objectStorage)];
    }
    return [
      usage("packages, kept", ASSUMED.cachedGb.value, PRICES.objectStorage),
      usage("packages, read", installs, PRICES.objectReads),
      usage("packages, written", (ASSUMED.fetchedGb.value * 1_000) / ASSUMED.installMb.value, PRICES.objectWrites),
    ];
  });
}

export const logGroups = ({ kind, logGroups: groups }: Topology): Item[] => {
  const retentionDays = Math.max(...groups.map((group) => group.retentionDays));
  const gb = (installsOf(kind) * ASSUMED.nodeLogBytes.value) / 1e9;
  return [usage("logs of the nodes", gb, PRICES.logsIngested), usage("logs of the nodes, kept", gb * (retentionDays / 30), PRICES.logsKept)];
};

/** What leaves for the internet, tier by tier. */
export function downloads(topology: Topology): Item[] {
  const gb = downloadedGb(topology);
  return TRANSFER_OUT.map(({ upToGb, price }, index) => {
    const begins = TRANSFER_OUT[index - 1]?.upToGb ?? 0;
    return usage(`downloads, ${tier(begins, upToGb)}`, Math.min(gb, upToGb) - begins, price);
  }).filter(({ quantity }) => quantity > 0);
}

const tier = (begins: number, ends: number): string =>
  begins === 0 ? `first ${ends / 1_024} TB` : Number.isFinite(ends) ? `from ${begins / 1_024} to ${ends / 1_024} TB` : `above ${begins / 1_024} TB`;
