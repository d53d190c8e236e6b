import type { SecurityGroupId, SubnetId } from "./network-spec.ts";
import type { KeyId } from "./state-spec.ts";

export interface LifecycleHook {
  name: string;
  transition: "autoscaling:EC2_INSTANCE_LAUNCHING" | "autoscaling:EC2_INSTANCE_TERMINATING";
  heartbeatSeconds: number;
  defaultResult: "CONTINUE" | "ABANDON";
}

/** Processes that Auto Scaling can be told to leave alone. Source: Auto Scaling user guide, "Suspend and resume processes". */
export type ScalingProcess = "HealthCheck" | "ReplaceUnhealthy" | "AZRebalance";

/** Sizes of the group. */
export interface Capacity {
  min: number;
  max: number;
  desired: number;
}

export interface GroupSpec {
  name: string;
  /** What the deploy creates: nothing, until there is an image, a key and a licence. */
  initial: Capacity;
  /** What Steward raises it to; from then on the sizes are Steward's. */
  serving: Capacity;
  subnets: SubnetId[];
  /** Seconds; ELB health is judged by Steward, so the group itself looks at EC2's verdict only. */
  healthCheckGraceSeconds: number;
  healthCheckType: "EC2";
  maintenance: { minHealthyPercent: number; maxHealthyPercent: number };
  /** Exist before the first launch: a hook added later is too late for it. */
  hooks: LifecycleHook[];
  suspended: ScalingProcess[];
  /** Its own metrics that it sends to CloudWatch, once a minute, for nothing. */
  metrics: "GroupInServiceInstances"[];
  /** ARN of the service-linked role that launches for this group; the key of its volumes admits it. */
  serviceRole: string;
  /** Template that the deploy starts the group with; Steward moves it to its own. */
  launchTemplate: string;
  tags: Record<string, string>;
}

export interface VolumeSpec {
  device: string;
  gib: number;
  type: "gp3";
  iops: number;
  throughput: number;
  key: KeyId;
}

/** What every node is launched with, but for the image: that is Steward's choice. */
export interface LaunchTemplateSpec {
  name: string;
  /** Plain Ubuntu by its public parameter, since AWS wants an image: a node of it is never let in. */
  imageId: string;
  instanceType: string;
  instanceProfile: string;
  securityGroup: SecurityGroupId;
  /** An address of its own at launch: without one a node in a public subnet has no way out. */
  publicAddress: boolean;
  rootVolume: VolumeSpec;
  metadata: { httpTokens: "required"; hopLimit: 1; instanceTags: boolean };
  /** Plain text, without a secret. */
  userData: string;
  /** What of a launch carries the tags. */
  tagged: ("instance" | "volume" | "network-interface")[];
  tags: Record<string, string>;
}

export interface TargetGroupSpec {
  name: string;
  port: number;
  health: { path: string; intervalSeconds: number; timeoutSeconds: number; healthyThreshold: number; unhealthyThreshold: number; successCodes: string };
  deregistrationDelaySeconds: number;
}

export type ListenerAction = { do: "forward" } | { do: "redirect"; protocol: "HTTPS"; port: 443 };

export interface ListenerSpec {
  name: string;
  port: number;
  protocol: "HTTP" | "HTTPS";
  certificateArn: string | null;
  sslPolicy: string | null;
  action: ListenerAction;
}

export interface BalancerSpec {
  name: string;
  scheme: "internet-facing";
  subnets: SubnetId[];
  securityGroup: SecurityGroupId;
  /** Longest pause in a download or upload. */
  idleTimeoutSeconds: number;
  deletionProtection: boolean;
  dropInvalidHeaders: boolean;
  accessLogs: { bucket: string; prefix: string };
  targetGroup: TargetGroupSpec;
  listeners: ListenerSpec[];
}

/** A fixed public address; Steward moves it from server to server. */
export interface AddressSpec {
  name: string;
  tags: Record<string, string>;
}

/** Made and owned by Steward, never by a deploy: it outlives both. */
export interface DataVolumeSpec extends Omit<VolumeSpec, "device"> {
  name: string;
  zone: string;
  tags: Record<string, string>;
}
