import {
  DescribeLockedSnapshotsCommand,
  type EC2Client,
  type Snapshot as Ec2Snapshot,
  type Filter,
  type LockedSnapshotsInfo,
  paginateDescribeImages,
  paginateDescribeLaunchTemplateVersions,
  paginateDescribeSnapshots,
  paginateDescribeSnapshotTierStatus,
  paginateDescribeVolumes,
  type SnapshotTierStatus,
} from "@aws-sdk/client-ec2";
import { Snapshot, type SnapshotFacts } from "@steward/core/retention/snapshot";
import { calling } from "./failures.ts";

/** Most that EC2 gives in one answer: few answers are better than small ones, because each call counts. */
const PAGE = { snapshots: 1000, locks: 1000, images: 1000, templates: 200, volumes: 500 };
/** Values that one filter takes. Source: EC2 user guide, "List and filter your resources". */
const FILTER_VALUES = 200;

type Lock = Snapshot["lock"];
export type Tiering = NonNullable<Snapshot["tiering"]>;

/** What EC2 says of snapshots and of everything that needs them, each read whole or not at all; snapshots come without their locks. */
export const createSnapshotReads = (client: EC2Client, stage: string, ownTemplate: string) => ({
  /** Of this account alone: others may show theirs to everybody, under any volume's id. */
  snapshots: (Filters: Filter[]): Promise<Snapshot[]> =>
    calling(`describe the snapshots of ${stage}`, async () => {
      const pages = paginateDescribeSnapshots({ client, pageSize: PAGE.snapshots }, { OwnerIds: ["self"], Filters });
      return gathered(pages, ({ Snapshots = [] }) => Snapshots.map(snapshotOf));
    }),

  /** Locks in force, by snapshot. */
  locks: (): Promise<Map<string, Lock>> =>
    calling("describe the locks of snapshots", async () => new Map(await gathered(lockPages(client), ({ Snapshots = [] }) => Snapshots.flatMap(lockOf)))),

  /** Those that ever were on their way into the archive or out of it, by snapshot. */
  tiers: (): Promise<Map<string, Tiering>> =>
    calling("describe the tiers of snapshots", async () => {
      const pages = paginateDescribeSnapshotTierStatus({ client }, {});
      return new Map(await gathered(pages, ({ SnapshotTierStatuses = [] }) => SnapshotTierStatuses.flatMap(tieringOf)));
    }),

  images: (): Promise<SnapshotFacts["images"]> =>
    calling("describe the images of the account", () => {
      const query = { Owners: ["self"], IncludeDeprecated: true, IncludeDisabled: true };
      const pages = paginateDescribeImages({ client, pageSize: PAGE.images }, query);
      return gathered(pages, ({ Images = [] }) =>
        Images.map(({ ImageId = "", State = "unknown", BlockDeviceMappings }) => ({ imageId: ImageId, state: State, snapshotIds: named(BlockDeviceMappings) })),
      ).then(naming);
    }),

  /** The newest and the default version of every template, and every version of Steward's own, where there is one. */
  templates: (): Promise<SnapshotFacts["templates"]> =>
    calling("describe the launch templates of the account", async () => {
      const current = await versions(client, { Versions: ["$Latest", "$Default"] });
      const own = current.some(({ name }) => name === ownTemplate) ? await versions(client, { LaunchTemplateName: ownTemplate }) : [];
      const all = [...current, ...own].map(({ templateId, version, snapshotIds }) => ({ templateId, version, snapshotIds }));
      return naming([...new Map(all.map((one) => [`${one.templateId} ${one.version}`, one])).values()]);
    }),

  /** Those that exist; what is lost or on its way out does not. */
  volumes: (volumeIds: string[]): Promise<string[]> =>
    calling("describe the volumes of snapshots", async () => {
      const found: string[] = [];
      for (let from = 0; from < volumeIds.length; from += FILTER_VALUES) {
        const Filters = [{ Name: "volume-id", Values: volumeIds.slice(from, from + FILTER_VALUES) }];
        const pages = paginateDescribeVolumes({ client, pageSize: PAGE.volumes }, { Filters });
        found.push(...(await gathered(pages, ({ Volumes = [] }) => Volumes.flatMap(({ VolumeId, State }) => (LOST.has(State ?? "") ? [] : (VolumeId ?? []))))));
      }
      return found;
    }),
});

const LOST = new Set(["deleting", "deleted", "error"]);

async function gathered<Page, T>(pages: AsyncIterable<Page>, of: (page: Page) => T[]): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(...of(page));
  return found;
}

/** The SDK has no paginator for these. */
async function* lockPages(client: EC2Client): AsyncGenerator<{ Snapshots?: LockedSnapshotsInfo[] | undefined }> {
  let NextToken: string | undefined;
  do {
    const page = await client.send(new DescribeLockedSnapshotsCommand({ MaxResults: PAGE.locks, NextToken }));
    yield page;
    NextToken = page.NextToken;
  } while (NextToken);
}

/** While a locked snapshot is pending, nobody knows yet when the lock ends. Source: EBS user guide, "Considerations for Amazon EBS snapshot lock". */
const lockOf = ({ SnapshotId = "", LockState, LockExpiresOn }: LockedSnapshotsInfo): [string, Lock][] =>
  LockState === "expired" ? [] : [[SnapshotId, { mode: LockState ?? "unknown", until: LockExpiresOn ?? null }]];

/** What was brought back for good is in the archive no more; what was brought back for some days is. */
function tieringOf({ SnapshotId = "", LastTieringOperationStatus: status, ArchivalCompleteTime: at }: SnapshotTierStatus): [string, Tiering][] {
  if (status === undefined) return [];
  const isBack = status === "permanent-restore-completed";
  return [[SnapshotId, { status, archivedAt: isBack ? null : (at ?? null) }]];
}

/** A state that nobody knows here stops the whole view. */
const snapshotOf = ({ SnapshotId, VolumeId, State, StateMessage, StartTime, VolumeSize, StorageTier, Tags = [] }: Ec2Snapshot): Snapshot =>
  Snapshot.parse({
    id: SnapshotId,
    volumeId: VolumeId,
    state: State,
    stateMessage: StateMessage || null,
    startedAt: StartTime,
    sizeGib: VolumeSize,
    tier: StorageTier ?? "standard",
    lock: null,
    tags: Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value])),
  });

/** Snapshots that block device mappings name. */
const named = (mappings: { Ebs?: { SnapshotId?: string | undefined } | undefined }[] = []): string[] => mappings.flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []);

const naming = <T extends { snapshotIds: string[] }>(all: T[]): T[] => all.filter(({ snapshotIds }) => snapshotIds.length > 0);

interface TemplateVersion {
  name: string;
  templateId: string;
  version: string;
  snapshotIds: string[];
}

const versions = (client: EC2Client, query: { Versions: string[] } | { LaunchTemplateName: string }): Promise<TemplateVersion[]> =>
  gathered(paginateDescribeLaunchTemplateVersions({ client, pageSize: PAGE.templates }, query), ({ LaunchTemplateVersions = [] }) =>
    LaunchTemplateVersions.map(({ LaunchTemplateName = "", LaunchTemplateId = "", VersionNumber, LaunchTemplateData }) => ({
      name: LaunchTemplateName,
      templateId: LaunchTemplateId,
      version: `${VersionNumber}`,
      snapshotIds: named(LaunchTemplateData?.BlockDeviceMappings),
    })),
  );
