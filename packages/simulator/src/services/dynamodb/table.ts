import type { AttributeValue, CreateTableCommandInput, KeySchemaElement, TableDescription } from "@aws-sdk/client-dynamodb";
import { arn } from "../../account/account.ts";
import { between, chance, hex } from "../../world/chance.ts";
import { compare, fingerprint, type Item, itemSize, typeOf } from "./attribute.ts";
import { invalid, tableNotFound } from "./errors.ts";

/** An eventually consistent read may miss what was written within the last second (dg/HowItWorks.ReadConsistency.html): one of three replicas lags. */
const LONGEST_LAG_MS = 1000;

/** What one key has held lately; the last is current, `undefined` is "no item". */
type History = { at: number; item: Item | undefined }[];

export interface KeyPart {
  name: string;
  type: string;
}

/** One table: its items by key, and how long ago each changed. */
export class Table {
  readonly name: string;
  readonly hash: KeyPart;
  readonly range?: KeyPart;
  readonly arn: string;
  readonly createdAt = new Date();
  readonly activeAt = new Date(Date.now() + between(2000, 9000));
  /** Point-in-time recovery since when, and for how many days; undefined while it is off. */
  recovery: { since: Date; days: number } | undefined;
  isProtected: boolean;
  timeToLive: { attribute: string; enabled: boolean; settledAt: Date } | undefined;
  /** Keys that a transaction holds at the moment. */
  readonly locked = new Set<string>();
  /** By partition, then by key. */
  private readonly partitions = new Map<string, Map<string, History>>();
  /** Counts up with every write. */
  revision = 0;
  private readonly id = `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
  private readonly request: CreateTableCommandInput;

  constructor(request: CreateTableCommandInput) {
    this.request = request;
    this.isProtected = request.DeletionProtectionEnabled ?? false;
    this.name = request.TableName ?? "";
    this.arn = arn("dynamodb", `table/${this.name}`);
    const part = (kind: KeySchemaElement["KeyType"]): KeyPart | undefined => {
      const name = request.KeySchema?.find(({ KeyType }) => KeyType === kind)?.AttributeName;
      const type = request.AttributeDefinitions?.find(({ AttributeName }) => AttributeName === name)?.AttributeType;
      return name ? { name, type: type ?? "" } : undefined;
    };
    const hash = part("HASH");
    if (!hash) throw invalid("No Hash Key specified in schema.  All Dynamo DB tables must have exactly one hash key");
    this.hash = hash;
    this.range = part("RANGE");
  }

  get keyParts(): KeyPart[] {
    return this.range ? [this.hash, this.range] : [this.hash];
  }

  get isActive(): boolean {
    return this.activeAt.getTime() <= Date.now();
  }

  requireActive(): void {
    if (!this.isActive) throw tableNotFound();
  }

  /** The item of a key; a read that is not consistent may see the state of a moment ago. */
  read(key: Item, consistent = true): Item | undefined {
    return seen(this.rowsOf(key[this.hash.name])?.get(this.identity(key)), consistent);
  }

  write(key: Item, item: Item | undefined): void {
    const identity = this.identity(key);
    const rows = this.rowsOf(key[this.hash.name]) ?? new Map<string, History>();
    const history = rows.get(identity) ?? [{ at: 0, item: undefined }];
    const horizon = Date.now() - LONGEST_LAG_MS;
    const recent = history.filter((_, index) => index === history.length - 1 || (history[index + 1]?.at ?? 0) > horizon);
    rows.set(identity, [...recent, { at: Date.now(), item: item && frozen(structuredClone(item)) }]);
    this.partitions.set(partitionName(key[this.hash.name]), rows);
    this.revision++;
  }

  /** All items, or those of one partition, in the table's order: by hash of the partition key, then by sort key. Nobody can change them. */
  items(consistent = true, only?: AttributeValue): Item[] {
    const rows = only === undefined ? [...this.partitions.values()] : [this.rowsOf(only) ?? new Map<string, History>()];
    const found = rows.flatMap((histories) => [...histories.values()].map((history) => seen(history, consistent)).filter((item) => item !== undefined));
    return found.sort((a, b) => this.order(a, b));
  }

  private rowsOf(value: AttributeValue | undefined): Map<string, History> | undefined {
    return this.partitions.get(partitionName(value));
  }

  /** Order of two items or keys in the table. */
  order(a: Item, b: Item): number {
    const partitions = partition(a[this.hash.name]) - partition(b[this.hash.name]);
    if (partitions !== 0 || !this.range) return partitions;
    const [left, right] = [a[this.range.name], b[this.range.name]];
    return (left && right && compare(left, right)) ?? 0;
  }

  keyOf(item: Item): Item {
    return Object.fromEntries(this.keyParts.map(({ name }) => [name, item[name] as AttributeValue]));
  }

  identity(key: Item): string {
    return this.keyParts.map(({ name }) => (key[name] ? fingerprint(key[name]) : "")).join("\u0000");
  }

  /** Refuses a key that does not fit the schema exactly. */
  requireKey(key: Item | undefined): Item {
    const given = key ?? {};
    const fits = Object.keys(given).length === this.keyParts.length && this.keyParts.every(({ name, type }) => given[name] && typeOf(given[name]) === type);
    if (!fits) throw invalid("The provided key element does not match the schema");
    for (const { name } of this.keyParts) requireContent(name, given[name]);
    return given;
  }

  /** Refuses an item without proper key attributes, with the words of PutItem. */
  requireKeyIn(item: Item): Item {
    for (const { name, type } of this.keyParts) {
      const value = item[name];
      if (!value) throw invalid(`One or more parameter values were invalid: Missing the key ${name} in the item`);
      if (typeOf(value) !== type)
        throw invalid(`One or more parameter values were invalid: Type mismatch for key ${name} expected: ${type} actual: ${typeOf(value)}`);
      requireContent(name, value);
    }
    return this.keyOf(item);
  }

  describe(): TableDescription {
    const items = this.items();
    return {
      TableName: this.name,
      TableArn: this.arn,
      TableId: this.id,
      TableStatus: this.activeAt.getTime() > Date.now() ? "CREATING" : "ACTIVE",
      CreationDateTime: this.createdAt,
      KeySchema: this.request.KeySchema,
      AttributeDefinitions: this.request.AttributeDefinitions,
      BillingModeSummary: { BillingMode: this.request.BillingMode ?? "PROVISIONED" },
      DeletionProtectionEnabled: this.isProtected,
      ItemCount: items.length,
      TableSizeBytes: items.reduce((total, item) => total + itemSize(item), 0),
    };
  }
}

function seen(history: History | undefined, consistent: boolean): Item | undefined {
  const current = history?.at(-1);
  if (!history || !current || consistent || Date.now() - current.at > LONGEST_LAG_MS) return current?.item;
  const asOf = Date.now() - (chance() < 1 / 3 ? between(0, LONGEST_LAG_MS) : 0);
  const visible = history.findLast(({ at }) => at <= asOf);
  return visible?.item;
}

const partitionName = (value: AttributeValue | undefined): string => (value ? fingerprint(value) : "");

/** Frozen to its leaves, so that readers can share it; bytes can't be frozen. */
function frozen<T extends object>(value: T): T {
  if (ArrayBuffer.isView(value)) return value;
  for (const inner of Object.values(value)) if (typeof inner === "object" && inner !== null) frozen(inner);
  return Object.freeze(value);
}

/** Spreads partitions like a hash does: stable, but in no useful order (FNV-1a). */
function partition(value: AttributeValue | undefined): number {
  let hash = 0x811c9dc5;
  for (const char of partitionName(value)) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  return hash;
}

function requireContent(name: string, value: AttributeValue | undefined): void {
  if (value?.S === "" || value?.B?.length === 0) {
    throw invalid(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${value.S === "" ? "string" : "binary"} value. Key: ${name}`,
    );
  }
}
