import type { Principal } from "../../account/principal.ts";
import type { MetadataOptionsRequest } from "./template-data.ts";

/** EC2 instance states and their codes. Source: EC2 API reference, InstanceState. */
export const STATE_CODES = { pending: 0, running: 16, "shutting-down": 32, terminated: 48, stopping: 64, stopped: 80 } as const;
export type InstanceState = keyof typeof STATE_CODES;

/** One EC2 instance; the machine behind it is not EC2's business. */
export interface Instance {
  instanceId: string;
  reservationId: string;
  imageId: string;
  instanceType: string;
  subnetId: string;
  zone: string;
  privateIp: string;
  /** The public address that EC2 lent it; gone while it is stopped or while an Elastic IP address is there. */
  publicIp?: string | undefined;
  /** Whether EC2 lends it a public address whenever it runs without an Elastic IP address. */
  wantsPublicIp: boolean;
  securityGroups: string[];
  rootDevice: string;
  metadata: MetadataOptionsRequest;
  groupName?: string;
  /** By which a repeated request to launch it is known. */
  clientToken?: string;
  instanceProfile?: string;
  /** Decoded. */
  userData?: string | undefined;
  launchTime: Date;
  tags: Record<string, string>;
  state: InstanceState;
  /** What describe calls still answer until `until`: EC2 is eventually consistent. */
  stale: { state: InstanceState; until: number };
  /** Before this time describe calls do not know the instance. */
  visibleFrom: number;
  runningSince?: number;
  checks: "initializing" | "ok" | "impaired";
  impairedSince?: Date;
  stateReason?: { Code: string; Message: string };
  stateTransitionReason: string;
}

/** A volume that a launch makes and attaches. */
export interface LaunchVolume {
  device: string;
  sizeGib: number;
  type: string;
  iops?: number | undefined;
  throughput?: number | undefined;
  encrypted: boolean;
  keyId?: string | undefined;
  /** What it starts as a copy of. */
  snapshotId?: string | undefined;
  deleteOnTermination: boolean;
}

/** What a launch needs to know. */
export interface LaunchRequest {
  imageId: string;
  instanceType: string;
  subnetId: string;
  tags: Record<string, string>;
  volumeTags: Record<string, string>;
  /** The first is the root volume. */
  volumes: LaunchVolume[];
  securityGroups: string[];
  publicIp?: boolean | undefined;
  metadata: MetadataOptionsRequest;
  /** Whoever launches must be let in by the keys of the volumes. */
  launchedBy: Principal;
  groupName?: string | undefined;
  instanceProfile?: string | undefined;
  /** Decoded. */
  userData?: string | undefined;
  reservationId?: string;
  clientToken?: string | undefined;
}

/** The state that describe calls answer now. */
export const seenState = (instance: Instance): InstanceState => (Date.now() < instance.stale.until ? instance.stale.state : instance.state);

/** The API's form of a state. */
export const stateShape = (state: InstanceState): { Code: number; Name: InstanceState } => ({ Code: STATE_CODES[state], Name: state });

/** The summary that `DescribeInstanceStatus` gives. */
export const statusOf = (instance: Instance): "ok" | "impaired" | "initializing" | "not-applicable" =>
  seenState(instance) === "running" ? instance.checks : "not-applicable";
