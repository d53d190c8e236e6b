import { between, hex } from "../world/chance.ts";
import { AwsError, type Call, type Operation, type Right, SERVICE_IDS, type Service, type ServiceId } from "./operation.ts";
import type { Principal } from "./principal.ts";

export const ACCOUNT_ID = "123456789012";
export const REGION = "us-east-1";

/** One line of the account's own record of calls (its CloudTrail). */
export interface CallRecord {
  at: Date;
  service: ServiceId;
  operation: string;
  principal: string;
  functionName?: string;
  error?: string;
}

/** Decides whether a principal may do something; the only judge of rights in the account. */
export type Authorize = (principal: Principal, right: Right) => { allowed: true } | { allowed: false; because: string };

/** Answers a call instead of the service: throttling, failure, slowness. Returns or throws; undefined means no fault. */
export type CallFault = (call: Call, input: unknown) => void | Promise<void>;

/** An EventBridge event as AWS services and `PutEvents` put it on a bus. */
export interface BusEvent {
  source: string;
  "detail-type": string;
  resources: string[];
  detail: unknown;
  bus?: string;
}

/** What services of the account say to each other; each is filled in by the service that owns it. */
export interface Links {
  /** EventBridge: put an event on a bus (default bus unless named). */
  emit: (event: BusEvent) => void;
  /** CloudWatch: one datum of an AWS metric at the current time. */
  metric: (namespace: string, name: string, dimensions: Record<string, string>, value: number) => void;
  /**
   * Lambda: asynchronous invocation by function name or ARN, with the service's retries and destinations. Given who asks
   * (`events.amazonaws.com` and the rule's ARN), the function's resource policy must let it in.
   */
  invokeAsync: (functionArn: string, payload: unknown, source?: { principal: string; arn: string }) => void;
  /** Load balancing: registers, starts draining, or says the target's state. */
  registerTarget: (targetGroupArn: string, instanceId: string) => void;
  deregisterTarget: (targetGroupArn: string, instanceId: string) => void;
  targetState: (targetGroupArn: string, instanceId: string) => string | undefined;
  /** EC2: starts and ends instances on behalf of a group. */
  launchInstance: (request: {
    imageId: string;
    instanceType: string;
    subnetId: string;
    tags: Record<string, string>;
    groupName?: string;
    instanceProfile?: string;
  }) => string;
  terminateInstance: (instanceId: string) => void;
  /** Tags of an instance, for condition keys of other services; empty when EC2 does not know it. */
  instanceTags: (instanceId: string) => Record<string, string>;
  instanceState: (instanceId: string) => { state: string; statusOk: boolean } | undefined;
  resolveLaunchTemplate: (request: { idOrName: string; version: string }) => {
    id: string;
    name: string;
    version: string;
    imageId: string;
    instanceType: string;
    instanceProfile?: string;
  };
  /** SQS: puts a message on a queue by ARN; a body that is not text goes as JSON, attributes as strings. */
  enqueue: (queueArn: string, body: unknown, attributes?: Record<string, string>) => void;
  /** SNS: publishes for a service of AWS (an alarm action, a rule's target), without a caller's rights. */
  publish: (topicArn: string, message: { subject?: string; body: string }) => void;
  /** The machines behind the instances. */
  machine: (instanceId: string) => Machine | undefined;
  /** Every machine that is there, oldest first. */
  machines: () => Machine[];
  bootMachine: (instance: { instanceId: string; imageId: string; privateIp: string }) => void;
  destroyMachine: (instanceId: string) => void;
}

/** What the rest of the account can see of one computer. */
export interface Machine {
  instanceId: string;
  /** Answers like a socket would: a status, or no answer within the caller's time. */
  http: (path: string) => { kind: "answer"; status: number; ms: number; body: string } | { kind: "timeout" } | { kind: "refused" };
  /** Whether the SSM agent talks to its service. */
  agentOnline: () => boolean;
  /** When the SSM agent was last heard of; undefined before it first registered. */
  agentLastSeen?: () => Date | undefined;
  /** Runs the node program as the command document says; resolves in virtual time; never resolves on a dead machine, or once `signal` killed the program. */
  runCommand: (verb: string, payload: string, signal?: AbortSignal) => Promise<{ exitCode: number; stdout: string; stderr: string }>;
  /** EC2 status checks. */
  statusOk: () => boolean;
}

/**
 * An AWS account in memory. Every call, from whatever client, goes through `call`: authenticate, authorise, throttle,
 * fault, run; what is not modelled fails by name.
 */
export class Account {
  readonly services = new Map<ServiceId, Service>();
  readonly principals = new Map<string, Principal>();
  readonly record: CallRecord[] = [];
  readonly links: Links;
  /** Replaced by the rights evaluator; refuses everything until then. */
  authorize: Authorize = () => ({ allowed: false, because: "no rights evaluator is installed" });
  /** Token buckets of the published API limits; installed by `limits.ts`. */
  throttle: (call: Call, operation: Operation<unknown, unknown>, input: unknown) => void = () => {};
  readonly faults = new Set<CallFault>();

  constructor() {
    this.links = unlinked();
  }

  add(service: Service): void {
    this.services.set(service.id, service);
  }

  /** Authenticates by access key; AWS answers an unknown key with a 403. */
  principal(accessKeyId: string | undefined): Principal {
    const found = accessKeyId === undefined ? undefined : this.principals.get(accessKeyId);
    if (!found) throw new AwsError("UnrecognizedClientException", "The security token included in the request is invalid.", 403);
    return found;
  }

  /** One API call. Rejects with `AwsError` exactly where AWS would answer an error. */
  async call(principal: Principal, serviceId: ServiceId, operationName: string, input: unknown, id = requestId()): Promise<unknown> {
    const call: Call = { account: this, service: serviceId, operation: operationName, principal, requestId: id };
    const line: CallRecord = {
      at: new Date(),
      service: serviceId,
      operation: operationName,
      principal: principal.arn,
      ...(principal.functionName && { functionName: principal.functionName }),
    };
    this.record.push(line);
    try {
      return await this.perform(call, input);
    } catch (error) {
      if (error instanceof AwsError) line.error = error.code;
      throw error;
    }
  }

  private async perform(call: Call, input: unknown): Promise<unknown> {
    const service = this.services.get(call.service);
    const operation = service?.operations[call.operation];
    if (!service || !operation) throw new AwsError("UnknownOperationException", `the simulated account does not model ${call.service}:${call.operation}`, 501);
    await latency(call.service);
    this.throttle(call, operation, input);
    for (const fault of this.faults) await fault(call, input);
    for (const right of operation.rights?.(input, call) ?? [{ action: `${service.iamPrefix}:${call.operation}`, resources: ["*"] }])
      this.check(call.principal, right);
    return await operation.run(input, call);
  }

  private check(principal: Principal, right: Right): void {
    const verdict = this.authorize(principal, right);
    if (verdict.allowed) return;
    throw new AwsError(
      "AccessDenied",
      `User: ${principal.arn} is not authorized to perform: ${right.action} on resource: ${right.resources.join(", ")} because ${verdict.because}`,
      403,
    );
  }
}

/** A round trip inside a region takes 5 to 40 ms; rounded up where AWS says nothing. */
const latency = (_service: ServiceId): Promise<void> => new Promise((resolve) => setTimeout(resolve, between(5, 40)));

/** A request id as AWS puts it into its answers. */
export const requestId = (): string => `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`;

/** Every link fails by name until the service that owns it is added. */
function unlinked(): Links {
  return new Proxy({} as Links, {
    get: (links, name) =>
      Reflect.get(links, name) ??
      (() => {
        throw new Error(`no service of the account provides the link "${String(name)}"`);
      }),
  });
}

/** Creates a resource ARN in the account's region. */
export const arn = (service: string, resource: string, { region = REGION, account = ACCOUNT_ID } = {}): string =>
  `arn:aws:${service}:${region}:${account}:${resource}`;

export { SERVICE_IDS };
