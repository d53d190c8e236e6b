/**
 * Every possible change to the world is one key of `Changes`; forgetting its actuator is a compile error.
 * Each is safe to repeat: an actuator first looks whether the change is there already.
 */
export interface Changes {
  /** Restarts Package Manager on one node; the node remembers `key`, so a repeat is not a second restart. */
  "restart-service": { instanceId: string };
  /** Makes one node equal to the desired state. */
  converge: { instanceId: string };
  /** Takes one node out of the balancer by Standby; `keepDesired` makes the group launch a stand-in at once. */
  isolate: { instanceId: string; keepDesired: boolean };
  /** Tells Package Manager on a node that no longer gets traffic to finish its work (`rspm offline`). */
  drain: { instanceId: string };
  "set-desired-capacity": { desired: number };
  /** Notes that `instanceId` stands in for `ancestor`, so that a budget spent on one counts for the other. */
  "remember-lineage": { instanceId: string; ancestor: string };
  /** Answers a lifecycle hook by instance id. */
  "complete-lifecycle": { instanceId: string; hook: string; result: "CONTINUE" | "ABANDON" };
  /** Terminates one named node through its group. The desired capacity stays. */
  retire: { instanceId: string };
}

export type Change = keyof Changes;
/** One step of a plan: plain data. */
export type Step = { [K in Change]: { do: K; because: string } & Changes[K] }[Change];
export type StepOf<K extends Change> = Extract<Step, { do: K }>;

/** What a step needs to know of the run that does it. */
export interface StepContext {
  /** Unique per run and step: nodes and slots remember it. */
  key: string;
  /** Lease epoch of the run. */
  epoch: number;
  /** After this the effect must not begin any more. */
  notAfter: Date;
}

export type Actuators = { [K in Change]: (step: StepOf<K>, context: StepContext) => Promise<void> };
