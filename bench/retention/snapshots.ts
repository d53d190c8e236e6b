import type * as sdk from "@aws-sdk/client-ec2";
import { MARK, tagsOf } from "@steward/core/retention/marks";
import { ACCOUNT_ID } from "@steward/simulator/account/account";
import { AwsError, type Operations } from "@steward/simulator/account/operation";
import { type Fields, matches } from "@steward/simulator/services/ec2/filters";
import { page } from "@steward/simulator/services/ec2/page";
import type { Scenario } from "./scenarios.ts";

/** One snapshot as it lies in the stand-in. */
interface Item {
  id: string;
  volumeId: string;
  startedAt: Date;
  tags: Record<string, string>;
  isDue: boolean;
  inUse: boolean;
}

const HOUR_MS = 60 * 60 * 1000;
const POLICY = "0123456789abcdef";
/** Source: EC2 API reference, DescribeSnapshots. */
const LARGEST_PAGE = 1_000;

/** Schedule of all of them. */
export const HOURLY = "hourly";

/** Snapshots without a server behind them: answers at once, and says what is left. */
export class Snapshots {
  private readonly items = new Map<string, Item>();
  private readonly scenario: Scenario;

  constructor(scenario: Scenario, of: { stage: string; volumeId: string; newest: Date }) {
    this.scenario = scenario;
    for (let age = 0; age < scenario.total; age++) this.add(age, of);
  }

  get left(): number {
    return [...this.items.values()].filter(({ isDue }) => isDue).length;
  }

  /** Some of those that are due. */
  someDue(count: number): string[] {
    return [...this.items.values()]
      .filter(({ isDue }) => isDue)
      .slice(-count)
      .map(({ id }) => id);
  }

  /** Gone although nobody may delete them. */
  get lost(): number {
    return this.scenario.total - this.scenario.due - (this.items.size - this.left);
  }

  /** Everything that was started before this is due. */
  get dueBefore(): Date {
    const due = [...this.items.values()].filter(({ isDue }) => isDue).map(({ startedAt }) => startedAt.getTime());
    return new Date(Math.max(...due) + 1);
  }

  /** The calls about snapshots, as EC2 answers them. */
  readonly operations: Operations<typeof sdk> = {
    DescribeSnapshots: { run: (input) => this.describe(input) },
    DescribeLockedSnapshots: { run: () => ({ Snapshots: [] }) },
    DeleteSnapshot: { run: ({ SnapshotId = "" }) => this.delete(SnapshotId) },
  };

  private add(age: number, { stage, volumeId, newest }: { stage: string; volumeId: string; newest: Date }): void {
    const { total, due, undeletable } = this.scenario;
    const slot = new Date(newest.getTime() - age * HOUR_MS);
    const kept = total - due;
    const id = `snap-${age.toString(16).padStart(17, "0")}`;
    const order = {
      slot,
      schedules: [HOURLY],
      volumeId,
      instanceId: null,
      dueAt: new Date(slot.getTime() + kept * HOUR_MS),
      unfrozen: "take" as const,
      policy: POLICY,
    };
    this.items.set(id, {
      id,
      volumeId,
      startedAt: new Date(slot.getTime() + 5_000),
      tags: { ...tagsOf(stage, order), [MARK.consistency]: "application" },
      isDue: age >= kept,
      // Spread evenly over those that are due, so that they lie in different chunks of whoever works in chunks.
      inUse: age >= kept && undeletable > 0 && (age - kept) % Math.floor(due / undeletable) === 0,
    });
  }

  private delete(id: string): object {
    const item = this.items.get(id);
    if (!item) throw new AwsError("InvalidSnapshot.NotFound", `The snapshot '${id}' does not exist.`);
    if (item.inUse) throw new AwsError("InvalidSnapshot.InUse", `The snapshot ${id} is currently in use by ami-0fedcba9876543210`);
    this.items.delete(id);
    return {};
  }

  private describe({ SnapshotIds, Filters, MaxResults, NextToken }: sdk.DescribeSnapshotsRequest): { Snapshots: sdk.Snapshot[]; NextToken?: string } {
    const named = SnapshotIds?.length ? SnapshotIds.map((id) => this.the(id)) : this.candidates(Filters);
    const rest = Filters?.filter(({ Name }) => Name !== "snapshot-id");
    const found = named.filter((item) => matches(item, FIELDS, rest));
    const limit = MaxResults === undefined ? Number.POSITIVE_INFINITY : Math.min(MaxResults, LARGEST_PAGE);
    const invalidToken = () => new AwsError("InvalidNextToken", "The specified token is not valid.");
    const { items, nextToken } = page(found, { keyOf: ({ id }) => id, limit, token: NextToken, invalidToken });
    return { Snapshots: items.map(shape), NextToken: nextToken };
  }

  /** A filter by ids is looked up: trying each id on each snapshot would take longer than a call may. */
  private candidates(filters: sdk.Filter[] | undefined): Item[] {
    const ids = filters?.find(({ Name }) => Name === "snapshot-id")?.Values;
    return ids ? ids.flatMap((id) => this.items.get(id) ?? []) : [...this.items.values()];
  }

  private the(id: string): Item {
    const item = this.items.get(id);
    if (!item) throw new AwsError("InvalidSnapshot.NotFound", `The snapshot '${id}' does not exist.`);
    return item;
  }
}

const FIELDS: Fields<Item> = {
  "volume-id": ({ volumeId }) => [volumeId],
  "owner-id": () => [ACCOUNT_ID],
  status: () => ["completed"],
};

const shape = ({ id, volumeId, startedAt, tags }: Item): sdk.Snapshot => ({
  SnapshotId: id,
  VolumeId: volumeId,
  State: "completed",
  StartTime: startedAt,
  Progress: "100%",
  OwnerId: ACCOUNT_ID,
  VolumeSize: 500,
  Encrypted: true,
  StorageTier: "standard",
  Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
});
