import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  type LifecycleRule,
  ListObjectVersionsCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { BucketSettings, VersionEntry, VersionPage } from "@steward/core/proof/database/bucket";
import { answered, calling } from "./failures.ts";

/** What a bucket says of all that it has had under a folder, and of how long it keeps that; no object is read. */
export function createBucketVersions(
  client: S3Client,
  { bucket: Bucket, account: ExpectedBucketOwner, prefix }: { bucket: string; account: string; prefix: string },
) {
  const of = { Bucket, ExpectedBucketOwner };
  const Prefix = prefix === "" ? undefined : `${prefix}/`;
  return {
    settings: async (): Promise<BucketSettings> => {
      const { Status = "Off" } = await calling("ask for the bucket's versioning", () => client.send(new GetBucketVersioningCommand(of)));
      return { versioning: Status, expiry: (await rules()).filter(({ Status: is }) => is === "Enabled").map(expiryOf) };
    },

    /** At most 1,000 versions, in the order of keys, the newest of each first. */
    page: async (from: { key: string; version: string | null } | null): Promise<VersionPage> => {
      const marker = from && { KeyMarker: from.key, ...(from.version !== null && { VersionIdMarker: from.version }) };
      const answer = await calling("list the versions in the bucket", () => client.send(new ListObjectVersionsCommand({ ...of, Prefix, ...marker })));
      const { Versions = [], DeleteMarkers = [], IsTruncated, NextKeyMarker, NextVersionIdMarker } = answer;
      const entries = [...Versions.map((version) => entryOf(version, false)), ...DeleteMarkers.map((deletion) => entryOf(deletion, true))];
      const next = IsTruncated && NextKeyMarker !== undefined ? { key: NextKeyMarker, version: NextVersionIdMarker ?? null } : null;
      return { entries: entries.toSorted(inOrder).map(({ entry }) => entry), next };
    },
  };

  async function rules(): Promise<LifecycleRule[]> {
    const command = new GetBucketLifecycleConfigurationCommand(of);
    return await calling("ask for the bucket's rules", () =>
      client.send(command).then(
        ({ Rules = [] }) => Rules,
        (error: unknown) => {
          if (answered(error, "NoSuchLifecycleConfiguration")) return [];
          throw error;
        },
      ),
    );
  }
}

/** A date instead of days has passed, or will: either way objects go by it. */
const expiryOf = ({ ID = "without a name", Expiration, NoncurrentVersionExpiration }: LifecycleRule) => ({
  id: ID,
  currentDays: Expiration?.Days ?? (Expiration?.Date ? 0 : null),
  noncurrentDays: NoncurrentVersionExpiration?.NoncurrentDays ?? null,
});

interface Listed {
  Key?: string | undefined;
  VersionId?: string | undefined;
  LastModified?: Date | undefined;
  IsLatest?: boolean | undefined;
}

const entryOf = (
  { Key = "", VersionId, LastModified = new Date(0), IsLatest = false }: Listed,
  isDeletion: boolean,
): { entry: VersionEntry; isLatest: boolean } => ({
  entry: { key: Key, at: LastModified, isDeletion, isUnversioned: VersionId === "null" },
  isLatest: IsLatest,
});

/** S3 lists versions and deletions apart, each by key in the order of UTF-8 and the newest first. Source: S3 API reference, ListObjectVersions. */
const inOrder = (a: ReturnType<typeof entryOf>, b: ReturnType<typeof entryOf>): number =>
  Buffer.compare(Buffer.from(a.entry.key), Buffer.from(b.entry.key)) || Number(b.isLatest) - Number(a.isLatest) || b.entry.at.getTime() - a.entry.at.getTime();
