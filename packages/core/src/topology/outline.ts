import { shown } from "../settings/shown.ts";
import type { AlarmSpec, DeliverySpec, FunctionSpec } from "./control-spec.ts";
import type { VolumeSpec } from "./fleet-spec.ts";
import type { EndpointSpec, RouteTarget, SecurityGroupSpec, TrafficSpec } from "./network-spec.ts";
import { mayInWords } from "./rights-words.ts";
import type { BucketSpec } from "./state-spec.ts";
import type { Topology } from "./topology.ts";

/** One thing: what it is, the name that it has in the account, and what is to be known of it. */
export interface OutlineItem {
  what: string;
  name: string;
  details: string[];
}

export interface OutlineGroup {
  id: string;
  title: string;
  items: OutlineItem[];
}

/** Everything that a deploy creates, for reading; receivers' URLs are shown without their paths, which often are secrets. */
export function outline(topology: Topology): OutlineGroup[] {
  const groups: OutlineGroup[] = [
    { id: "network", title: "Network", items: network(topology) },
    { id: "reach", title: "Who can reach it", items: reach(topology) },
    { id: "nodes", title: "Nodes", items: nodes(topology) },
    { id: "image", title: "Golden image", items: image(topology) },
    { id: "database", title: "Database", items: database(topology) },
    { id: "storage", title: "Storage", items: storage(topology) },
    { id: "secrets", title: "Keys and secrets", items: secrets(topology) },
    { id: "functions", title: "Functions and what they may", items: topology.functions.map(functionItem) },
    { id: "triggers", title: "Rules and schedules", items: triggers(topology) },
    { id: "alarms", title: "Alarms and dashboard", items: alarms(topology) },
    { id: "messages", title: "Topics and who listens", items: messages(topology) },
  ];
  return groups.filter(({ items }) => items.length > 0);
}

const item = (what: string, name: string, ...details: string[]): OutlineItem => ({ what, name, details });

function network({ network: { vpc, subnets, internetGateway, natGateway, routeTables, endpoints } }: Topology): OutlineItem[] {
  return [
    item("VPC", vpc.name, vpc.cidr),
    ...subnets.map(({ name, cidr, zone }) => item("subnet", name, `${cidr} in ${zone}`)),
    item("internet gateway", internetGateway),
    ...(natGateway ? [item("NAT gateway", natGateway.name, `in ${natGateway.subnet}, with a public address`)] : []),
    ...routeTables.map((table) => item("route table", table.name, `for ${table.subnets.join(", ")}: ${wayOut(table.defaultRoute)}`)),
    ...endpoints.map((endpoint) => item("endpoint", endpoint.name, endpointIn(endpoint))),
  ];
}

const WAYS_OUT = { "internet-gateway": "out by the internet gateway", "nat-gateway": "out by the NAT gateway" };
const wayOut = (route: RouteTarget | null): string => (route ? WAYS_OUT[route] : "no way out");
const endpointIn = ({ service, at }: EndpointSpec): string =>
  at.kind === "gateway" ? `gateway to ${service} for ${at.routeTables.join(", ")}` : `private way to ${service} in ${at.subnets.join(", ")}`;

/** Every opening of every security group, and what the load balancer answers on. */
function reach({ network: { securityGroups }, balancer, service }: Topology): OutlineItem[] {
  const groups = securityGroups.map((group) => item("security group", group.name, group.description, ...traffic(group)));
  const listeners = (balancer?.listeners ?? []).map(({ name, protocol, port, action, sslPolicy }) => {
    const does = action.do === "forward" ? `to port ${service.port} of the nodes` : `redirects to ${action.protocol} ${action.port}`;
    return item("listener", name, `${protocol} ${port} ${does}`, ...(sslPolicy ? [sslPolicy] : []));
  });
  return [...groups, ...listeners];
}

const traffic = ({ ingress, egress }: SecurityGroupSpec): string[] => [
  ...ingress.map((opening) => `in: ${ports(opening)} from ${peer(opening)} (${opening.because})`),
  ...egress.map((opening) => `out: ${ports(opening)} to ${peer(opening)} (${opening.because})`),
];
const ports = ({ protocol, from, to }: TrafficSpec): string => `${protocol} ${from === to ? from : `${from}-${to}`}`;
const peer = ({ peer: other }: TrafficSpec): string => ("cidr" in other ? other.cidr : `security group ${other.group}`);

const volume = ({ gib, type, iops, throughput, key }: Omit<VolumeSpec, "device">): string =>
  `${gib} GiB ${type}, ${iops} operations a second, ${throughput} MiB/s, encrypted with the key ${key}`;

function nodes(topology: Topology): OutlineItem[] {
  const { group, launchTemplate: template, balancer, address, dataVolume, nodeRole, drillRole, logGroups } = topology;
  const { initial, serving } = group;
  return [
    item(
      "group",
      group.name,
      `in ${group.subnets.join(", ")}: ${initial.desired} nodes at first; Steward raises it to ${serving.desired} of ${template.instanceType} (${serving.min} to ${serving.max})`,
      ...group.hooks.map(({ name, heartbeatSeconds, defaultResult }) => `hook ${name}: up to ${heartbeatSeconds / 60} minutes, else ${defaultResult}`),
      `Auto Scaling keeps off: ${group.suspended.join(", ")}`,
    ),
    item(
      "launch template",
      template.name,
      `${template.instanceType}, ${template.publicAddress ? "with" : "without"} a public address`,
      `root volume ${volume(template.rootVolume)}`,
    ),
    ...(balancer
      ? [
          item("load balancer", balancer.name, `in ${balancer.subnets.join(", ")}, ${balancer.scheme}`, `logs to ${balancer.accessLogs.bucket}`),
          item("target group", balancer.targetGroup.name, `port ${balancer.targetGroup.port}, healthy when ${balancer.targetGroup.health.path} answers`),
        ]
      : []),
    ...(address ? [item("public address", address.name, "Steward moves it from server to server")] : []),
    ...(dataVolume ? [item("data volume", dataVolume.name, `in ${dataVolume.zone}, made by Steward, not by the deploy`, volume(dataVolume))] : []),
    item("role of the nodes", nodeRole.name, ...nodeRole.policy.Statement.map(mayInWords)),
    ...(drillRole ? [item("role of restore drills", drillRole.name, ...drillRole.policy.Statement.map(mayInWords))] : []),
    ...logGroups.map(({ name, retentionDays }) => item("logs", name, `kept ${retentionDays} days`)),
  ];
}

function image({ image: { recipe, components, builder, distribution, pipeline } }: Topology): OutlineItem[] {
  return [
    item(
      "image pipeline",
      pipeline.name,
      `${pipeline.enabled ? "looks" : "would look"} at ${pipeline.schedule} UTC, builds ${pipeline.builds === "updates" ? "when the parent or a component has changed" : "each time"}`,
      `from ${recipe.parent}`,
      `image ${distribution.imageName}, encrypted with the key ${distribution.key}, ${recipe.rootVolume.gib} GiB`,
    ),
    ...components.map(({ name, description }) => item("image component", name, description)),
    item(
      "image builder",
      builder.name,
      `${builder.instanceType} in ${builder.placement.of === "nodes" ? `the subnet ${builder.placement.id}` : `a subnet of its own, ${builder.placement.subnet.cidr}`}`,
      ...builder.securityGroup.egress.map((rule) => `to ${peer(rule)} ${ports(rule)}: ${rule.because}`),
      ...builder.role.policy.Statement.map(mayInWords),
    ),
  ];
}

function database({ database: spec }: Topology): OutlineItem[] {
  if (!spec) return [];
  return [
    item(
      "database",
      spec.id,
      `${spec.engine} ${spec.engineVersion} on ${spec.instanceClass}, ${spec.multiAz ? "with a standby in the other zone" : "in one zone"}`,
      `${spec.storageGib} GiB, grows to ${spec.maxStorageGib}; ${spec.backupDays} days of backups; encrypted with the key ${spec.key}`,
      `backups ${spec.backupWindow}, maintenance ${spec.maintenanceWindow} UTC; protected from deletion`,
    ),
    item("subnet group", spec.subnetGroup.name, spec.subnetGroup.subnets.join(", ")),
    item(
      "parameter group",
      spec.parameterGroup.name,
      `${spec.parameterGroup.family}: ${Object.entries(spec.parameterGroup.parameters).map((pair) => pair.join("="))}`,
    ),
  ];
}

const storage = ({ buckets, objects, table, parameters, document }: Topology): OutlineItem[] => [
  ...buckets.map(bucket),
  ...objects.map(({ key }) => item("document", key, "in the state bucket")),
  item("table", table.name, "incidents, runs and leases", ...(table.pointInTimeRecovery ? ["restorable to any second"] : [])),
  ...parameters.map(({ name, description, owner }) => item("parameter", name, description, `${owner === "deploy" ? "each deploy" : "Steward"} changes it`)),
  item("command document", document.name, "what Steward may have a node do"),
];

const bucket = ({ name, purpose, versioned, encryption, lifecycle }: BucketSpec): OutlineItem =>
  item(
    "bucket",
    name,
    purpose,
    [
      versioned ? "versioned" : "not versioned",
      "key" in encryption ? `encrypted with the key ${encryption.key}` : "encrypted with S3's own key",
      ...lifecycle.flatMap(({ expireDays }) => (expireDays === null ? [] : [`objects expire after ${expireDays} days`])),
    ].join(", "),
  );

const secrets = ({ keys, secrets: all }: Topology): OutlineItem[] => [
  ...keys.map(({ alias, description, rotation, deletionDays }) =>
    item("key", alias, description, `${rotation ? "rotates yearly" : "never rotates"}; ${deletionDays} days between the wish to delete it and its end`),
  ),
  ...all.map(({ name, description, key, recoveryDays }) =>
    item("secret", name, description, `empty at first; encrypted with the key ${key}; ${recoveryDays} days to recover it`),
  ),
];

const functionItem = ({ name, durable, timeoutSeconds, memoryMb, asyncRetry, logs, role }: FunctionSpec): OutlineItem =>
  item(
    "function",
    name,
    `${memoryMb} MB, ${timeoutSeconds} s, ${asyncRetry?.retries ?? "no"} retries, logs for ${logs.retentionDays} days`,
    ...(durable ? [`durable: runs for up to ${durable.executionTimeoutSeconds / 3_600} hours, history for ${durable.retentionDays} days`] : []),
    ...role.policy.Statement.map(mayInWords),
  );

const triggers = ({ rules, schedules }: Topology): OutlineItem[] => [
  ...schedules.map((schedule) => item("schedule", schedule.name, `every ${schedule.everyMinutes} minutes: ${schedule.description}`, delivery(schedule))),
  ...rules.map((rule) => item("rule", rule.name, `${rule.description} (bus ${rule.bus})`, delivery(rule))),
];
const delivery = ({ target, retries, maxAgeSeconds, deadLetter }: DeliverySpec): string =>
  `to ${target}, tried again ${retries} times within ${maxAgeSeconds / 60} minutes, then to ${deadLetter}`;

const alarms = ({ alarms: single, composites, dashboard }: Topology): OutlineItem[] => [
  ...composites.map(({ name, rule, because, tells }) => item("alarm over alarms", name, rule, because, `tells ${tells.join(", ")}`)),
  ...single.map((alarm) =>
    item("alarm", alarm.name, threshold(alarm), `${alarm.because} (${alarm.source})`, ...(alarm.tells.length > 0 ? [`tells ${alarm.tells.join(", ")}`] : [])),
  ),
  item("dashboard", dashboard.name),
];

const COMPARED: Record<AlarmSpec["comparison"], string> = {
  GreaterThanOrEqualToThreshold: "≥",
  GreaterThanThreshold: ">",
  LessThanThreshold: "<",
  LessThanOrEqualToThreshold: "≤",
};

const threshold = ({
  namespace,
  metric,
  statistic,
  comparison,
  threshold: value,
  periodSeconds,
  evaluationPeriods,
  datapointsToAlarm,
  missingData,
}: AlarmSpec): string =>
  `${statistic} of ${namespace} ${metric} ${COMPARED[comparison]} ${value.toLocaleString("en-US")} in ${datapointsToAlarm} of ${evaluationPeriods} × ${periodSeconds} s; missing data: ${missingData}`;

const messages = ({ topics, bus, deadLetter }: Topology): OutlineItem[] => [
  ...topics.map(({ name, purpose, subscriptions }) =>
    item(
      "topic",
      name,
      purpose,
      ...(subscriptions.length > 0
        ? subscriptions.map(({ protocol, endpoint }) => `${protocol}: ${shown(endpoint, protocol === "https")}`)
        : ["nobody listens"]),
    ),
  ),
  item("bus", bus, "Steward's own events"),
  item("queue", deadLetter.name, `what nobody could handle, kept ${deadLetter.retentionDays} days`),
];
