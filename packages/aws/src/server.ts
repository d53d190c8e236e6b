import {
  AssociateAddressCommand,
  AttachVolumeCommand,
  CreateVolumeCommand,
  DeleteTagsCommand,
  DescribeAddressesCommand,
  DescribeVolumesCommand,
  type EC2Client,
} from "@aws-sdk/client-ec2";
import type { DeclaredDocument } from "@steward/core/desired/documents";
import { Permanent } from "@steward/core/errors";
import type { FleetFacts } from "@steward/core/fleet/facts";
import type { Names } from "@steward/core/topology/names";
import { answered, calling } from "./failures.ts";

/** On a volume that was made and never used. */
const NEW = "steward:new";

export type Server = ReturnType<typeof createServer>;

/** What a single server carries with it: its data volume and its address, found by the stage's tag and their names. */
export function createServer(client: EC2Client, stage: string, names: Pick<Names, "dataVolume" | "address">) {
  const ours = { Name: "tag:steward:stage", Values: [stage] };
  const filters = (name: string) => [ours, { Name: "tag:Name", Values: [name] }];

  return {
    /**
     * The one that is in effect, whatever else has its name; before anything names one, by the fleet's name. Null where there is none; of two nobody could say which is meant, so that is an error. Its state is that of the attachment until
     * that is `attached`: the server sees no device before. Source: EC2 API reference, "VolumeAttachment".
     */
    dataVolume: (inEffect?: string): Promise<FleetFacts["dataVolume"]> =>
      calling("describe the data volume", async () => {
        const Filters = inEffect === undefined ? filters(names.dataVolume) : [ours, { Name: "volume-id", Values: [inEffect] }];
        const { Volumes = [] } = await client.send(new DescribeVolumesCommand({ Filters }));
        const there = Volumes.filter(({ State }) => State !== "deleted" && State !== "deleting" && State !== "error");
        if (there.length > 1)
          throw new Permanent(`there are ${there.length} volumes by the name of ${names.dataVolume}: ${there.map(({ VolumeId }) => VolumeId).join(", ")}`);
        const [volume] = there;
        if (!volume) return null;
        const isNew = volume.Tags?.some(({ Key, Value }) => Key === NEW && Value === "true") ?? false;
        const attached = volume.Attachments?.find(({ State }) => State !== "detached");
        const state = attached && attached.State !== "attached" ? attached.State : volume.State;
        return { id: volume.VolumeId ?? "", state: state ?? "unknown", attachedTo: attached?.InstanceId ?? null, isNew };
      }),

    address: (): Promise<FleetFacts["address"]> =>
      calling("describe the address", async () => {
        const { Addresses = [] } = await client.send(new DescribeAddressesCommand({ Filters: filters(names.address) }));
        const [address] = Addresses;
        return address ? { allocationId: address.AllocationId ?? "", instanceId: address.InstanceId ?? null } : null;
      }),

    /** Once for each token. */
    makeVolume: async ({ zone, gib, type, iops, throughput, key, tags }: NonNullable<DeclaredDocument["dataVolume"]>, ClientToken: string): Promise<void> => {
      const Tags = Object.entries({ ...tags, [NEW]: "true" }).map(([Key, Value]) => ({ Key, Value }));
      const what = { Size: gib, VolumeType: type, Iops: iops, Throughput: throughput, Encrypted: true, KmsKeyId: key };
      const command = new CreateVolumeCommand({ AvailabilityZone: zone, ...what, ClientToken, TagSpecifications: [{ ResourceType: "volume", Tags }] });
      await calling("make the data volume", () => client.send(command));
    },

    /** EC2 itself refuses a volume that another instance has. */
    attachVolume: async (VolumeId: string, InstanceId: string): Promise<void> => {
      const command = new AttachVolumeCommand({ VolumeId, InstanceId, Device: "/dev/sdf" });
      await calling(`attach ${VolumeId} to ${InstanceId}`, () => client.send(command).catch(unlessThere));
    },

    settleVolume: async (volumeId: string): Promise<void> => {
      await calling(`settle ${volumeId}`, () => client.send(new DeleteTagsCommand({ Resources: [volumeId], Tags: [{ Key: NEW }] })));
    },

    /** An address that somebody else got meanwhile is not taken from him. */
    moveAddress: async (AllocationId: string, InstanceId: string): Promise<void> => {
      const command = new AssociateAddressCommand({ AllocationId, InstanceId, AllowReassociation: false });
      await calling(`move the address to ${InstanceId}`, () => client.send(command).catch(unlessThere));
    },
  };
}

/** Whoever asks looks again, and sees with whom it is. */
const unlessThere = (error: unknown): void => {
  if (!answered(error, "VolumeInUse") && !answered(error, "Resource.AlreadyAssociated")) throw error;
};
