import {
  type DBInstance,
  type DBSnapshot,
  DescribeDBInstancesCommand,
  paginateDescribeDBInstances,
  paginateDescribeDBSnapshots,
  type RDSClient,
  type Tag,
} from "@aws-sdk/client-rds";
import type { Ledger } from "@steward/core/apply/ports";
import { Permanent } from "@steward/core/errors";
import type { FleetFacts } from "@steward/core/fleet/facts";
import type { DatabaseAnswer, DatabaseCopy, DatabaseDrillFacts, DatabaseSnapshot, KeptSnapshot } from "@steward/core/proof/database/facts";
import { DRILL_TAG } from "@steward/core/proof/drill-record";
import { names } from "@steward/core/topology/names";
import { calling } from "./failures.ts";
import type { Nodes } from "./nodes.ts";
import type { Reader } from "./reader.ts";

export interface DatabaseDrillReads {
  /** The fleet's own database as RDS has it; `Permanent` where there is none. */
  fleets(): Promise<DBInstance>;
  copies(): Promise<DatabaseCopy[]>;
  /** Snapshots that drills have made, and those of the fleet's database, newest first, that RDS could restore now. */
  snapshots(): Promise<{ kept: KeptSnapshot[]; available: DatabaseSnapshot[] }>;
}

/** What drills have made in RDS, by their own tag and name: RDS can't be asked by tag. */
export function createDatabaseDrillReads(client: RDSClient, { stage }: { stage: string }): DatabaseDrillReads {
  const own = names(stage).database;
  const isDrills = (tags: Tag[] | undefined, id: string | undefined): boolean => tagIn(tags, DRILL_TAG.stage) === stage && id?.startsWith(own) === true;
  return {
    fleets: () =>
      calling("describe the database", async () => {
        const { DBInstances = [] } = await client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: own }));
        const [found] = DBInstances;
        if (!found) throw new Permanent(`RDS has no database ${own}`);
        return found;
      }),

    copies: () =>
      calling("describe the databases of drills", async () => {
        const found: DBInstance[] = [];
        for await (const { DBInstances = [] } of paginateDescribeDBInstances({ client }, {})) found.push(...DBInstances);
        return found.filter(({ TagList, DBInstanceIdentifier }) => isDrills(TagList, DBInstanceIdentifier)).map(copyOf);
      }),

    snapshots: () =>
      calling("describe the snapshots of the database", async () => {
        const found: DBSnapshot[] = [];
        for await (const { DBSnapshots = [] } of paginateDescribeDBSnapshots({ client }, { DBInstanceIdentifier: own })) found.push(...DBSnapshots);
        const kept = found.filter(({ TagList, DBSnapshotIdentifier }) => isDrills(TagList, DBSnapshotIdentifier));
        const available = found.filter((snapshot) => snapshot.Status === "available" && tagIn(snapshot.TagList, DRILL_TAG.stage) === null).map(snapshotOf);
        return { kept: kept.map(keptOf), available: available.toSorted((a, b) => b.at.getTime() - a.at.getTime()) };
      }),
  };
}

const tagIn = (tags: Tag[] | undefined, key: string): string | null => tags?.find(({ Key }) => Key === key)?.Value ?? null;

const copyOf = ({ DBInstanceIdentifier = "", DBInstanceStatus = "unknown", TagList, InstanceCreateTime, Endpoint }: DBInstance): DatabaseCopy => ({
  id: DBInstanceIdentifier,
  drillId: tagIn(TagList, DRILL_TAG.id),
  status: DBInstanceStatus,
  madeAt: InstanceCreateTime ?? null,
  host: Endpoint?.Address ?? null,
  port: Endpoint?.Port ?? null,
});

const keptOf = ({ DBSnapshotIdentifier = "", Status = "unknown", TagList, SnapshotCreateTime, OriginalSnapshotCreateTime }: DBSnapshot): KeptSnapshot => ({
  id: DBSnapshotIdentifier,
  drillId: tagIn(TagList, DRILL_TAG.id),
  status: Status,
  madeAt: OriginalSnapshotCreateTime ?? SnapshotCreateTime ?? null,
});

/** The instant of the data: of a copy that of the first one. Source: RDS API reference, DBSnapshot, `OriginalSnapshotCreateTime`. */
const snapshotOf = ({ DBSnapshotIdentifier = "", SnapshotCreateTime, OriginalSnapshotCreateTime }: DBSnapshot): DatabaseSnapshot => ({
  id: DBSnapshotIdentifier,
  at: OriginalSnapshotCreateTime ?? SnapshotCreateTime ?? new Date(0),
});

export interface DatabaseDrillReading {
  reads: DatabaseDrillReads;
  ledger: Pick<Ledger, "databaseDrill">;
  nodes: Pick<Nodes, "databaseProof">;
}

/** How far a drill is; what a node said of the copy is read where nodes are asked. */
export async function readDatabaseDrill(
  { reads, ledger, nodes }: DatabaseDrillReading,
  { attempt }: Reader,
  asks: boolean,
): Promise<FleetFacts["databaseDrill"]> {
  const [record, copies, { kept, available }, since] = await Promise.all([
    attempt("drill", async () => (await ledger.databaseDrill()) ?? null, null),
    attempt("databases of drills", () => reads.copies(), []),
    attempt("snapshots of the database", () => reads.snapshots(), { kept: [], available: [] }),
    attempt("age of the database", async () => (await reads.fleets()).InstanceCreateTime ?? null, null),
  ]);
  const asked = record?.asked;
  const isAsked = asks && asked && record.state === "under-way";
  const answer = isAsked
    ? await attempt<DatabaseAnswer>("report of a drill", () => nodes.databaseProof(asked.commandId, asked.instanceId), NOT_ASKED)
    : NOT_ASKED;
  return { record, copies, kept, snapshots: available, since, answer } satisfies DatabaseDrillFacts;
}

const NOT_ASKED: DatabaseAnswer = { kind: "not-asked" };
