import type { CommandImpl } from "@smithy/core/client";
import type { ResourcePolicy } from "@steward/core/topology/policy";
import type { Account } from "./account.ts";
import type { Principal } from "./principal.ts";

/** What a call is allowed by: one action on some resources, in a context of condition keys. */
export interface Right {
  /** `service:Action`, as the service authorization reference spells it. */
  action: string;
  /** ARNs; `["*"]` where AWS has no resource-level permission. */
  resources: string[];
  /** Condition keys as AWS fills them, for example `{ "aws:ResourceTag/steward:stage": "demo" }`. */
  context?: Record<string, string | string[]>;
  /** The policy that hangs on the resource itself, where it has one: bucket, key, topic, queue. */
  policy?: ResourcePolicy;
}

/** One call on its way through the account. */
export interface Call {
  account: Account;
  service: ServiceId;
  operation: string;
  principal: Principal;
  requestId: string;
}

/** How the account answers one operation: what it takes to be allowed, and what happens. */
export interface Operation<Input, Output> {
  /** Everything this call needs to be allowed, dependent actions included; default: the operation's own action on `*`. */
  rights?: (input: Input, call: Call) => Right[];
  /** Token bucket of the published API limits that this call draws from; see `limits.ts`. */
  bucket?: string;
  run: (input: Input, call: Call) => Output | Promise<Output>;
}

/** Commands whose input has no required member may be made without one; the operation gets an empty object then. */
export type InputOf<Module, Name extends string> =
  Module extends Record<`${Name}Command`, { new (...given: infer Given): unknown }> ? Extract<Given, [unknown]>[0] : never;
export type OutputOf<Module, Name extends string> =
  Module extends Record<`${Name}Command`, { new (...given: never): infer Made }>
    ? // biome-ignore lint/suspicious/noExplicitAny: the SDK's own generic parameters do not matter here
      Made extends CommandImpl<any, infer Output, any, any, any>
      ? Omit<Output, "$metadata">
      : never
    : never;
export type Names<Module> = keyof { [Key in keyof Module as Key extends `${infer Name}Command` ? Exclude<Name, "$"> : never]: true } & string;

/** A service's table of modelled operations, typed by the SDK's own inputs and outputs. */
export type Operations<Module> = {
  [Name in Names<Module>]?: Operation<InputOf<Module, Name>, OutputOf<Module, Name>>;
};

export type Protocol = "ec2" | "query" | "json1_0" | "json1_1" | "restJson" | "restXml";

export const SERVICE_IDS = [
  "ec2",
  "autoscaling",
  "elbv2",
  "ssm",
  "cloudwatch",
  "events",
  "sns",
  "sqs",
  "dynamodb",
  "lambda",
  "rds",
  "sts",
  "s3",
  "kms",
  "secretsmanager",
  "imagebuilder",
  "ec2-elsewhere",
] as const;
export type ServiceId = (typeof SERVICE_IDS)[number];

/** One AWS service of the account. */
export interface Service {
  id: ServiceId;
  /** Prefix of its IAM actions, for example `elasticloadbalancing`. */
  iamPrefix: string;
  /** The SDK module whose schemas speak for it on the wire. */
  module: object;
  protocol: Protocol;
  /** XML namespace of its responses (query and REST-XML protocols). */
  namespace?: string;
  // biome-ignore lint/suspicious/noExplicitAny: each table is typed where it is written
  operations: Record<string, Operation<any, any> | undefined>;
}

/** An error as AWS answers it: code, message and HTTP status. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Further members of the modelled error shape, for example `Type`. */
  readonly members: Record<string, unknown>;
  constructor(code: string, message: string, status = 400, members: Record<string, unknown> = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.members = members;
  }
}
