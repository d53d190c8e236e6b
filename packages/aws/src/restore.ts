import {
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteTagsCommand,
  DescribeVolumesCommand,
  type EC2Client,
  type Tag,
  type VolumeType,
} from "@aws-sdk/client-ec2";
import type { DeclaredDocument } from "@steward/core/desired/documents";
import { Permanent, Retryable } from "@steward/core/errors";
import { keptName } from "@steward/core/restore/marked";
import type { RestoreMeans } from "@steward/core/restore/ports";
import { RESTORE_MARK } from "@steward/core/restore/restore-record";
import type { Names } from "@steward/core/topology/names";
import { clientToken } from "./client-token.ts";
import { calling } from "./failures.ts";

interface Config {
  client: EC2Client;
  stage: string;
  names: Pick<Names, "dataVolume">;
  /** What the last deploy declared of the data volume, for where none is left to be like. */
  declared: () => Promise<DeclaredDocument["dataVolume"]>;
}

type Kind = { zone: string; type: VolumeType; iops: number | undefined; throughput: number | undefined; tags: Record<string, string> };

/** What a restore changes in EC2: a volume is made, and volumes are told apart. */
export function createRestoreMeans({ client, stage, names, declared }: Config): RestoreMeans {
  async function kindOf(id: string): Promise<Kind | undefined> {
    const command = new DescribeVolumesCommand({ Filters: [{ Name: "volume-id", Values: [id] }] });
    const { Volumes = [] } = await calling(`describe ${id}`, () => client.send(command));
    const [volume] = Volumes;
    if (!volume?.AvailabilityZone) return undefined;
    const { AvailabilityZone: zone, VolumeType: type = "gp3", Iops: iops, Throughput: throughput, Tags = [] } = volume;
    return { zone, type, iops, throughput, tags: ownTags(Tags) };
  }

  async function kindDeclared(): Promise<Kind> {
    const volume = await declared();
    if (!volume) throw new Permanent("no deploy has declared a data volume");
    const { zone, type, iops, throughput, tags } = volume;
    return { zone, type, iops, throughput, tags };
  }

  const tag = async (Resources: string[], tags: Record<string, string>): Promise<void> => {
    await calling(`mark ${Resources.join(", ")}`, () => client.send(new CreateTagsCommand({ Resources, Tags: asTags(tags) })));
  };

  const untag = async (Resources: string[]): Promise<void> => {
    await calling(`release ${Resources.join(", ")}`, () => client.send(new DeleteTagsCommand({ Resources, Tags: [{ Key: RESTORE_MARK.kept }] })));
  };

  return {
    /** As large as its snapshot, and under the key of that. Until it is in effect it has another name than the data volume. */
    makeVolume: async ({ id, snapshotId, like }) => {
      const { zone, type, iops, throughput, tags } = (like === null ? undefined : await kindOf(like)) ?? (await kindDeclared());
      const Tags = asTags({ ...tags, "steward:stage": stage, Name: `${names.dataVolume}-restored`, [RESTORE_MARK.made]: id });
      const of = { AvailabilityZone: zone, SnapshotId: snapshotId, VolumeType: type, Iops: iops, Throughput: throughput };
      const command = new CreateVolumeCommand({
        ...of,
        ClientToken: clientToken(`${stage}/restore/${id}`),
        TagSpecifications: [{ ResourceType: "volume", Tags }],
      });
      const { VolumeId } = await calling(`make a volume of ${snapshotId}`, () => client.send(command));
      if (!VolumeId) throw new Retryable("EC2 took the request and did not name the volume");
      return VolumeId;
    },

    mark: async ({ id, volumeId, kept }) => {
      const there = await thereOf(client, [...kept]);
      if (there.length > 0) await tag(there, { Name: keptName(stage), [RESTORE_MARK.kept]: id });
      await tag([volumeId], { Name: names.dataVolume });
      await untag([volumeId]);
    },

    release: async (volumeIds) => {
      const there = await thereOf(client, [...volumeIds]);
      if (there.length > 0) await untag(there);
    },
  };
}

/** What is gone has no tags by which IAM could judge, so only what is there is marked. */
async function thereOf(client: EC2Client, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const { Volumes = [] } = await calling("describe volumes", () => client.send(new DescribeVolumesCommand({ Filters: [{ Name: "volume-id", Values: ids }] })));
  return Volumes.flatMap(({ VolumeId }) => VolumeId ?? []);
}

const asTags = (tags: Record<string, string>): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** A person's own tags go with the data; AWS's can't, and Steward's say what this volume is. */
const ownTags = (tags: readonly Tag[]): Record<string, string> =>
  Object.fromEntries(tags.flatMap(({ Key = "", Value = "" }) => (/^(aws:|steward:)/.test(Key) ? [] : [[Key, Value]])));
