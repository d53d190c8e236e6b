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
  instanceProfile?: string;
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

/** What a launch needs to know. */
export interface LaunchRequest {
  imageId: string;
  instanceType: string;
  subnetId: string;
  tags: Record<string, string>;
  groupName?: string;
  instanceProfile?: string;
  reservationId?: string;
}

/** The state that describe calls answer now. */
export const seenState = (instance: Instance): InstanceState => (Date.now() < instance.stale.until ? instance.stale.state : instance.state);

/** The API's form of a state. */
export const stateShape = (state: InstanceState): { Code: number; Name: InstanceState } => ({ Code: STATE_CODES[state], Name: state });
