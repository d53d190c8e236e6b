import type { SecretId } from "../desired/vault.ts";
import type { SecurityGroupId, SubnetId } from "./network-spec.ts";
import type { PolicyDocument, ResourcePolicy } from "./policy.ts";

/** `data`: volumes, database, documents. `vault`: secrets. `messages`: topics. */
export type KeyId = "data" | "vault" | "messages";

export interface KeySpec {
  id: KeyId;
  alias: string;
  description: string;
  rotation: boolean;
  /** Days between the wish to delete and the deletion. */
  deletionDays: number;
  policy: ResourcePolicy;
}

export type BucketId = "packages" | "state" | "access-logs";

export interface LifecycleSpec {
  id: string;
  /** Days after which an unfinished upload is dropped. */
  abortUploadsDays: number;
  /** Days after which whole objects expire; null for never. */
  expireDays: number | null;
}

export interface BucketSpec {
  id: BucketId;
  name: string;
  purpose: string;
  versioned: boolean;
  /** AWS's own key where the writer can do no other, or the reference says default settings. */
  encryption: { algorithm: "AES256" } | { algorithm: "aws:kms"; key: KeyId };
  /** Tells EventBridge of changed objects. */
  events: boolean;
  lifecycle: LifecycleSpec[];
  policy: ResourcePolicy;
}

/** A place for a secret; what is in it never passes through a deploy. */
export interface SecretSpec {
  id: SecretId;
  name: string;
  description: string;
  key: KeyId;
  recoveryDays: number;
}

export interface DatabaseSpec {
  id: string;
  /** The empty database that Package Manager fills. */
  name: string;
  engine: "postgres";
  engineVersion: string;
  instanceClass: string;
  storageGib: number;
  maxStorageGib: number;
  multiAz: boolean;
  backupDays: number;
  /** UTC, `hh:mm-hh:mm`. */
  backupWindow: string;
  /** UTC, `ddd:hh:mm-ddd:hh:mm`. */
  maintenanceWindow: string;
  port: number;
  masterUser: string;
  certificateAuthority: string;
  key: KeyId;
  subnetGroup: { name: string; subnets: SubnetId[] };
  securityGroup: SecurityGroupId;
  parameterGroup: { name: string; family: string; parameters: Record<string, string> };
  deletionProtection: boolean;
  logExports: string[];
}

export interface TableSpec {
  name: string;
  partitionKey: string;
  sortKey: string;
  pointInTimeRecovery: boolean;
  deletionProtection: boolean;
}

export interface ParameterSpec {
  name: string;
  value: string;
  /** A deploy creates what Steward owns, and never touches its value again. */
  owner: "deploy" | "steward";
  description: string;
}

/** A document in the state bucket, named by its own content. */
export interface StateObjectSpec {
  key: string;
  content: string;
}

export interface DocumentSpec {
  name: string;
  /** The SSM command document, schema 2.2, as JSON. */
  content: unknown;
}

export interface LogGroupSpec {
  name: string;
  retentionDays: number;
}

/** The identity of the nodes. */
export interface RoleSpec {
  name: string;
  service: string;
  instanceProfile: string;
  policy: PolicyDocument;
}
