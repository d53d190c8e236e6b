import type * as Module from "@aws-sdk/client-rds";
import { type Account, arn, REGION } from "../../account/account.ts";
import type { Sql } from "../../fleet/database-server.ts";
import type { Dependency } from "../../fleet/shared-dependencies.ts";
import { between, hex } from "../../world/chance.ts";
import { announce, type EventName } from "./events.ts";
import type { MasterSecret } from "./master-secret.ts";
import { tagMap } from "./snapshots.ts";

/** Ways to lose a database that RDS has a status for; source: RDS user guide, "Viewing Amazon RDS DB instance status". */
export type Failure = "storage-full" | "failed";
export type DatabaseStatus = "creating" | "backing-up" | "available" | "rebooting" | "deleting" | Failure;

/** Minutes and seconds as operators see them; AWS publishes none (assumed). */
const TAKES = {
  create: [240_000, 480_000],
  backup: [60_000, 180_000],
  restore: [900_000, 2_100_000],
  delete: [180_000, 480_000],
  shutDown: [2_000, 8_000],
  reboot: [20_000, 60_000],
  failOver: [60_000, 120_000],
  notice: [15_000, 45_000],
} as const;

/** CloudWatch's names of what is measured. */
export type Measures = Record<"CPUUtilization" | "FreeStorageSpace" | "FreeableMemory" | "DatabaseConnections", number>;

const GIB = 1024 ** 3;

/** A database that has little to do. */
const steadyMeasures = (storageGib: number): Measures => ({
  CPUUtilization: 15,
  FreeStorageSpace: 0.8 * storageGib * GIB,
  FreeableMemory: 8 * GIB,
  DatabaseConnections: 20,
});

/** What is answered as it was asked for, with RDS's defaults. Source: API reference, CreateDBInstance. */
function asGiven(input: Module.CreateDBInstanceCommandInput): Module.DBInstance {
  const { AllocatedStorage, MaxAllocatedStorage, DBInstanceClass, DBName, Engine, EngineVersion, KmsKeyId, MasterUsername, StorageType = "gp2" } = input;
  return {
    AllocatedStorage,
    MaxAllocatedStorage,
    DBInstanceClass,
    DBName,
    Engine,
    EngineVersion,
    KmsKeyId,
    MasterUsername,
    StorageType,
    MultiAZ: input.MultiAZ ?? false,
    DeletionProtection: input.DeletionProtection ?? false,
    BackupRetentionPeriod: input.BackupRetentionPeriod ?? 1,
    StorageEncrypted: input.StorageEncrypted ?? false,
    PubliclyAccessible: input.PubliclyAccessible ?? false,
    CopyTagsToSnapshot: input.CopyTagsToSnapshot ?? false,
    AutoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? true,
    CACertificateIdentifier: input.CACertificateIdentifier ?? "rds-ca-rsa2048-g1",
    IAMDatabaseAuthenticationEnabled: input.EnableIAMDatabaseAuthentication ?? false,
  };
}

/** Transaction logs go to S3 every five minutes. Source: RDS user guide, "Restoring a DB instance to a specified time". */
const LOG_MS = 300_000;

interface Making {
  input: Module.CreateDBInstanceCommandInput;
  master?: MasterSecret | undefined;
  /** What is in it from the beginning, where it is made of something. */
  sql?: Sql;
}

/** One database instance: its status as RDS shows it, and whether it really answers. */
export class Database {
  readonly id: string;
  readonly createdAt = new Date();
  status: DatabaseStatus = "creating";
  private readonly account: Account;
  private readonly network: Dependency;
  readonly tags: Map<string, string>;
  /** What the minute's metrics say; a fault may change it. */
  readonly measures: Measures;
  private readonly input: Module.CreateDBInstanceCommandInput;
  private readonly address: string;
  private readonly master: Pick<MasterSecret, "arn" | "keyArn"> | undefined;
  /** Hidden from whoever prints the world: there are passwords in it. */
  readonly #sql: Sql;
  /** Goes up with every turn of events, so that what an earlier one had planned does not happen any more. */
  private turn = 0;

  constructor(account: Account, network: Dependency, { input, master, sql }: Making) {
    this.id = input.DBInstanceIdentifier ?? "";
    this.account = account;
    this.network = network;
    this.input = input;
    this.measures = steadyMeasures(input.AllocatedStorage ?? 0);
    this.master = master && { arn: master.arn, keyArn: master.keyArn };
    this.#sql = sql ?? newSql(input, master?.password ?? input.MasterUserPassword);
    this.tags = tagMap(input.Tags);
    this.address = `${this.id}.c${hex(11)}.${REGION}.rds.amazonaws.com`;
  }

  /** Creates it over minutes, or at once when the world begins with it. */
  async create(atOnce: boolean): Promise<void> {
    if (atOnce) {
      this.status = "available";
      return;
    }
    const turn = ++this.turn;
    this.network.reachable = false;
    await this.pass(TAKES.create);
    if (turn !== this.turn) return;
    this.network.reachable = true;
    this.say("backing-up", "created", "backingUp");
    await this.pass(TAKES.backup);
    if (turn === this.turn) this.say("available", "backedUp");
  }

  /** Out of a snapshot: the storage is made, then the engine recovers on it; a first backup only where backups are on. */
  async restore(): Promise<void> {
    const turn = ++this.turn;
    this.network.reachable = false;
    await this.pass(TAKES.restore);
    if (turn !== this.turn) return;
    this.network.reachable = true;
    if (this.backupDays > 0) {
      this.say("backing-up", "restored", "backingUp");
      await this.pass(TAKES.backup);
      if (turn === this.turn) this.say("available", "backedUp");
    } else this.say("available", "restored");
  }

  /** Resolves when it is gone. */
  async delete(): Promise<void> {
    ++this.turn;
    this.network.reachable = false;
    this.status = "deleting";
    await this.pass(TAKES.delete);
    announce(this.account, this.id, "deleted");
  }

  /** As it was asked for, for whatever is made of it. */
  get given(): Module.CreateDBInstanceCommandInput {
    return this.input;
  }

  get backupDays(): number {
    return this.input.BackupRetentionPeriod ?? 1;
  }

  get copiesTags(): boolean {
    return this.input.CopyTagsToSnapshot ?? false;
  }

  get isProtected(): boolean {
    return this.input.DeletionProtection ?? false;
  }

  async reboot(): Promise<void> {
    const turn = ++this.turn;
    this.say("rebooting");
    await this.pass(TAKES.shutDown);
    if (turn !== this.turn) return;
    this.network.reachable = false;
    this.say("rebooting", "shutDown");
    await this.pass(TAKES.reboot);
    if (turn === this.turn) this.back();
  }

  /** The standby takes over within a minute or two. Source: RDS user guide, "Failing over a Multi-AZ DB instance". */
  async failOver(): Promise<void> {
    const turn = ++this.turn;
    this.network.reachable = false;
    this.say("rebooting", "failingOver");
    await this.pass(TAKES.failOver);
    if (turn !== this.turn) return;
    this.network.reachable = true;
    this.say("available", "failedOver");
  }

  /** What its clients have put into it; nobody who can't reach it sees it. */
  get sql(): Sql {
    return this.#sql;
  }

  /** Whether a host name is this instance's endpoint, which it has once it is created. */
  answersTo(host: string): boolean {
    return this.status !== "creating" && host === this.address;
  }

  get isMultiAz(): boolean {
    return this.input.MultiAZ ?? false;
  }

  /** Metrics come only from an instance that runs. */
  get isMeasured(): boolean {
    return this.status === "available" || this.status === "backing-up" || this.status === "rebooting";
  }

  /** Whether clients reach it. */
  get isReachable(): boolean {
    return this.network.reachable;
  }

  /** It is gone at once; RDS notices later. */
  async fail(failure: Failure): Promise<void> {
    const turn = ++this.turn;
    this.network.reachable = false;
    if (failure === "storage-full") this.measures.FreeStorageSpace = 0;
    await this.pass(TAKES.notice);
    if (turn !== this.turn) return;
    if (failure === "storage-full") this.say(failure, "storageFull", "shutDown");
    else this.say(failure, "failed");
  }

  async recover(): Promise<void> {
    const turn = ++this.turn;
    Object.assign(this.measures, steadyMeasures(this.input.AllocatedStorage ?? 0));
    await this.pass(TAKES.reboot);
    if (turn === this.turn) this.back();
  }

  /** What DescribeDBInstances answers; the endpoint is unknown while the instance is being created. */
  describe(): Module.DBInstance {
    const { input } = this;
    return {
      ...asGiven(input),
      DBInstanceIdentifier: this.id,
      DBInstanceArn: arn("rds", `db:${this.id}`),
      DBInstanceStatus: this.status,
      Endpoint: this.status === "creating" ? undefined : { Address: this.address, Port: input.Port ?? 5432 },
      InstanceCreateTime: this.status === "creating" ? undefined : this.createdAt,
      DBSubnetGroup: input.DBSubnetGroupName === undefined ? undefined : { DBSubnetGroupName: input.DBSubnetGroupName.toLowerCase() },
      DBParameterGroups: [
        {
          DBParameterGroupName: input.DBParameterGroupName?.toLowerCase() ?? `default.postgres${input.EngineVersion?.split(".")[0] ?? ""}`,
          ParameterApplyStatus: "in-sync",
        },
      ],
      VpcSecurityGroups: (input.VpcSecurityGroupIds ?? []).map((VpcSecurityGroupId) => ({ VpcSecurityGroupId, Status: "active" })),
      PreferredBackupWindow: input.PreferredBackupWindow,
      PreferredMaintenanceWindow: input.PreferredMaintenanceWindow,
      EnabledCloudwatchLogsExports: input.EnableCloudwatchLogsExports,
      TagList: [...this.tags].map(([Key, Value]) => ({ Key, Value })),
      OptionGroupMemberships: [{ OptionGroupName: `default:postgres-${input.EngineVersion?.split(".")[0] ?? ""}`, Status: "in-sync" }],
      ...(this.backupDays > 0 && this.status !== "creating" && { LatestRestorableTime: new Date(Date.now() - LOG_MS) }),
      ...(this.master && { MasterUserSecret: this.describeSecret(this.master) }),
    };
  }

  /** That it is `creating` as long as the instance is, is assumed. */
  private describeSecret({ arn: SecretArn, keyArn: KmsKeyId }: Pick<MasterSecret, "arn" | "keyArn">): Module.MasterUserSecret {
    return { SecretArn, KmsKeyId, SecretStatus: this.status === "creating" ? "creating" : "active" };
  }

  private back(): void {
    this.network.reachable = true;
    this.say("available", "restarted");
  }

  private say(status: DatabaseStatus, ...events: EventName[]): void {
    this.status = status;
    for (const event of events) announce(this.account, this.id, event);
  }

  private pass([low, high]: readonly [number, number]): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, between(low, high)));
  }
}

/** A new database has its master and nothing else that matters here. */
const newSql = ({ MasterUsername }: Module.CreateDBInstanceCommandInput, password: string | undefined): Sql => ({
  logins: new Map(MasterUsername !== undefined && password !== undefined ? [[MasterUsername, password]] : []),
  schemas: new Map(),
});
