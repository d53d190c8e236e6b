import type { PolicyDocument } from "@steward/core/topology/policy";
import type { ImageWish } from "../services/ec2/images.ts";
import type { OwnedSecret } from "../services/secrets-manager/owned.ts";
import { between, hex } from "../world/chance.ts";
import { AwsError, type Call, type Operation, type Right, type Service, type ServiceId } from "./operation.ts";
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

/** A service of AWS that asks for itself, and the resource that made it ask (`aws:SourceArn`). */
export interface ServiceSource {
  /** For example `events.amazonaws.com`. */
  principal: string;
  arn: string;
}

/** One use of a KMS key, by a caller of a service or by the service itself. */
export interface KeyUse {
  /** Key id, key ARN, alias name or alias ARN. */
  key: string;
  /** For example `kms:CreateGrant`. */
  action: string;
  /** The caller on whose behalf the service asks, or the service itself (`serviceItself`). */
  by: Principal;
  /** Through which service the caller asks: `ec2` fills `kms:ViaService`; services that ask for themselves have none. */
  via?: string;
  /** Fills `kms:EncryptionContext:*`. */
  encryptionContext?: Record<string, string>;
  /** Further condition keys, for example `{ "kms:GrantIsForAWSResource": "true" }` or `aws:SourceArn`. */
  context?: Record<string, string | string[]>;
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
  invokeAsync: (functionArn: string, payload: unknown, source?: ServiceSource) => void;
  /** Load balancing: registers, starts draining, or says the target's state. */
  registerTarget: (targetGroupArn: string, instanceId: string) => void;
  deregisterTarget: (targetGroupArn: string, instanceId: string) => void;
  targetState: (targetGroupArn: string, instanceId: string) => string | undefined;
  /** EC2: starts an instance from a template on behalf of a group, with the rights of the service-linked role that the group names by ARN. */
  launchInstance: (request: {
    template: { idOrName: string; version: string };
    subnetId: string;
    tags: Record<string, string>;
    groupName: string;
    serviceRole: string;
  }) => string;
  terminateInstance: (instanceId: string) => void;
  /** Tags of an instance, for condition keys of other services; empty when EC2 does not know it. */
  instanceTags: (instanceId: string) => Record<string, string>;
  /** The same for an image, launch template, security group or subnet. */
  resourceTags: (id: string) => Record<string, string>;
  /** `reason` is EC2's own word for why the instance is in its state, where it has one. */
  instanceState: (instanceId: string) => { state: string; statusOk: boolean; reason?: string } | undefined;
  /** EC2: makes an image on behalf of somebody; resolves minutes later, when it can be launched or its key has refused its maker. */
  registerImage: (wish: ImageWish, by: Principal) => Promise<{ id: string; isAvailable: boolean }>;
  /** Zone of a subnet; throws `InvalidSubnetID.NotFound` where EC2 does not know it. */
  zoneOf: (subnetId: string) => string;
  resolveLaunchTemplate: (request: { idOrName: string; version: string }) => {
    id: string;
    name: string;
    version: string;
    imageId: string;
    instanceType: string;
    instanceProfile?: string;
    securityGroups: string[];
    /** Tags that a launch gives, by the type of resource. */
    tags: Partial<Record<"instance" | "volume" | "network-interface", Record<string, string>>>;
    /** Public parameter that the image id came from. */
    imageParameter?: string;
  };
  /**
   * SQS: puts a message on a queue by ARN; a body that is not text goes as JSON, attributes as strings. Given who sends
   * (`events.amazonaws.com` and the rule's ARN), the queue's policy must let it in.
   */
  enqueue: (queueArn: string, body: unknown, attributes?: Record<string, string>, source?: ServiceSource) => void;
  /** SNS: publishes for a service of AWS (an alarm action, a rule's target); topic policy and key policy must admit that service. */
  publish: (topicArn: string, message: { subject?: string; body: string }, source: ServiceSource) => void;
  /**
   * KMS: the ARN of a key that may be used so; throws `AccessDenied`, `NotFoundException`, `DisabledException` or
   * `KMSInvalidStateException`, which the calling service puts into its own words.
   */
  useKey: (use: KeyUse) => string;
  /** Secrets Manager: makes a secret that belongs to another service, with its creator's right to the key; answers its ARN. */
  makeSecret: (secret: OwnedSecret, by: Principal) => string;
  /** Auto Scaling: where a group takes an instance, as its metadata says it (`autoscaling/target-lifecycle-state`); undefined outside of a group. */
  lifecycleTarget: (instanceId: string) => string | undefined;
  /** The machines behind the instances. */
  machine: (instanceId: string) => Machine | undefined;
  /** Every machine that is there, oldest first. */
  machines: () => Machine[];
  /** `userData` is the text that the launch gave, decoded. */
  bootMachine: (instance: {
    instanceId: string;
    imageId: string;
    privateIp: string;
    volumes?: string[];
    userData?: string | undefined;
    instanceProfile?: string | undefined;
    /** Whether its packets get through to Systems Manager now; left out, they do. */
    reachesAgentService?: (() => boolean) | undefined;
  }) => void;
  destroyMachine: (instanceId: string) => void;
  /** What is written on a volume or kept in a snapshot, by its id, is from now on what the other one holds too. */
  copyDisk: (from: string, to: string) => void;
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
  /** The data volumes that are attached from now on, by id. */
  seeVolumes?: (volumeIds: string[]) => void;
  /** Whether a program uses the volume: EC2 then can't detach it in peace. */
  holdsVolume?: (volumeId: string) => boolean;
  /** Whether the file system on the volume stands still, so that a copy of it taken now is whole. */
  isFrozen?: (volumeId: string) => boolean;
}

/**
 * An AWS account in memory. Every call, from whatever client, goes through `call`: authenticate, authorise, throttle,
 * fault, run; what is not modelled fails by name.
 */
export class Account {
  readonly services = new Map<ServiceId, Service>();
  readonly principals = new Map<string, Principal>();
  /** Policies of the roles that instances get, by the name of the instance profile. */
  readonly roles = new Map<string, PolicyDocument>();
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

  /** Throws AWS's refusal where the principal does not have the right. */
  check(principal: Principal, right: Right): void {
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
