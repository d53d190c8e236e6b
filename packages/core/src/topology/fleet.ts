import { nodeUserData } from "../fleet/node-settings.ts";
import type { HaSettings, SingleSettings, StageSettings } from "../settings/schema.ts";
import { type Arns, bucketName } from "./arns.ts";
import type { AddressSpec, BalancerSpec, DataVolumeSpec, GroupSpec, LaunchTemplateSpec, LifecycleHook, ListenerSpec, ScalingProcess } from "./fleet-spec.ts";
import type { Names } from "./names.ts";

/** The tag that says whose a thing is. */
export const tagsOf = (stage: string): Record<string, string> => ({ "steward:stage": stage });

/** Capacity in service: the pair has room for a surge of one, the server may be away while another takes its volume. */
export const SERVING = { single: { min: 0, max: 1, desired: 1 }, ha: { min: 1, max: 3, desired: 2 } } as const;

/**
 * What the group's own hands are kept off. In `single` a server that stops would be replaced at once, and its volume and
 * address would go with it. In `ha` that replacement is the net under Steward. All nodes are in one zone, so there is nothing to balance.
 */
const SUSPENDED: Record<StageSettings["topology"], ScalingProcess[]> = { single: ["HealthCheck", "ReplaceUnhealthy", "AZRebalance"], ha: ["AZRebalance"] };

export function group(settings: StageSettings, { stage, n, a }: { stage: string; n: Names; a: Arns }): GroupSpec {
  const serving = SERVING[settings.topology];
  return {
    name: n.group,
    initial: { min: 0, max: serving.max, desired: 0 },
    serving,
    subnets: [settings.topology === "ha" ? "nodes" : "public-a"],
    healthCheckGraceSeconds: 0,
    healthCheckType: "EC2",
    maintenance: { minHealthyPercent: 100, maxHealthyPercent: 150 },
    hooks: hooks(n),
    suspended: SUSPENDED[settings.topology],
    metrics: ["GroupInServiceInstances"],
    launchTemplate: n.baseTemplate,
    serviceRole: a.scalingRole,
    tags: tagsOf(stage),
  };
}

const hooks = (n: Names): LifecycleHook[] => [
  { name: n.launchHook, transition: "autoscaling:EC2_INSTANCE_LAUNCHING", heartbeatSeconds: 7200, defaultResult: "ABANDON" },
  { name: n.terminateHook, transition: "autoscaling:EC2_INSTANCE_TERMINATING", heartbeatSeconds: 900, defaultResult: "CONTINUE" },
];

/** Canonical's images are on gp3 from 23.10 on, on gp2 before, and the parameter says which. Source: Canonical, "Find Ubuntu images on AWS". */
const IMAGE_VOLUME = { "22.04": "ebs-gp2", "24.04": "ebs-gp3" } as const;

/** Canonical's public parameter of the newest Ubuntu image. */
const ubuntu = (release: keyof typeof IMAGE_VOLUME): string =>
  `resolve:ssm:/aws/service/canonical/ubuntu/server/${release}/stable/current/amd64/hvm/${IMAGE_VOLUME[release]}/ami-id`;

export function launchTemplate(settings: StageSettings, { stage, n, region }: { stage: string; n: Names; region: string }): LaunchTemplateSpec {
  return {
    name: n.baseTemplate,
    imageId: ubuntu(settings.nodes.ubuntu),
    instanceType: settings.nodes.instanceType,
    instanceProfile: n.instanceProfile,
    securityGroup: "nodes",
    publicAddress: settings.topology === "single",
    rootVolume: { device: "/dev/sda1", gib: settings.nodes.rootGib, type: "gp3", iops: 3000, throughput: 125, key: "data" },
    metadata: { httpTokens: "required", hopLimit: 1, instanceTags: true },
    userData: nodeUserData({ stage, region, topology: settings.topology, group: n.group, launchHook: n.launchHook, table: n.table, desired: n.desired }),
    tagged: ["instance", "volume", "network-interface"],
    tags: { ...tagsOf(stage), Name: n.group },
  };
}

/** TLS 1.3 with 1.2 for older clients. Source: Elastic Load Balancing user guide, "Security policies for your Application Load Balancer". */
const SSL_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06";

/**
 * A download in flight may take that long: what is not over then is cut. The balancer ends it earlier where nothing is in flight, but says
 * `draining` for all of it. Source: Application Load Balancer guide, "Edit target group attributes", section "Deregistration delay".
 */
const DEREGISTRATION_DELAY_SECONDS = 300;

export function balancer(settings: HaSettings, { stage, n }: { stage: string; n: Names }): BalancerSpec {
  const { port, healthPath } = settings.packageManager;
  return {
    name: n.loadBalancer,
    scheme: "internet-facing",
    subnets: ["public-a", "public-b"],
    securityGroup: "balancer",
    idleTimeoutSeconds: 300,
    deletionProtection: true,
    dropInvalidHeaders: true,
    accessLogs: { bucket: bucketName(stage, settings.account, "access-logs"), prefix: stage },
    targetGroup: {
      name: n.targetGroup,
      port,
      health: { path: healthPath, intervalSeconds: 10, timeoutSeconds: 5, healthyThreshold: 2, unhealthyThreshold: 3, successCodes: "200" },
      deregistrationDelaySeconds: DEREGISTRATION_DELAY_SECONDS,
    },
    listeners: listeners(settings, n),
  };
}

function listeners({ certificateArn }: HaSettings, n: Names): ListenerSpec[] {
  const plain = { name: `${n.loadBalancer}-http`, port: 80, protocol: "HTTP" as const, certificateArn: null, sslPolicy: null };
  if (!certificateArn) return [{ ...plain, action: { do: "forward" } }];
  return [
    { name: `${n.loadBalancer}-https`, port: 443, protocol: "HTTPS", certificateArn, sslPolicy: SSL_POLICY, action: { do: "forward" } },
    { ...plain, action: { do: "redirect", protocol: "HTTPS", port: 443 } },
  ];
}

export const address = (stage: string, n: Names): AddressSpec => ({ name: n.address, tags: tagsOf(stage) });

/** The server's packages and database. `new` on it lets the first node make a file system, once. */
export const dataVolume = ({ dataVolume: volume, network: { zones } }: SingleSettings, { stage, n }: { stage: string; n: Names }): DataVolumeSpec => ({
  name: n.dataVolume,
  zone: zones[0] as string,
  gib: volume.gib,
  type: "gp3",
  iops: volume.iops,
  throughput: volume.throughput,
  key: "data",
  tags: { ...tagsOf(stage), Name: n.dataVolume },
});
