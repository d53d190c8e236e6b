import type * as sdk from "@aws-sdk/client-ec2";
import { ACCOUNT_ID } from "../../account/account.ts";
import { AwsError, type Call, type Operations } from "../../account/operation.ts";
import { type Image, type Images, onResource } from "./images.ts";
import type { Ec2State } from "./state.ts";
import { tagList } from "./template-data.ts";

/** Machine images: those of this account; images of others are known by their public parameters only. */
export const imageOperations = ({ images }: Ec2State): Operations<typeof sdk> => ({
  DescribeImages: {
    run: (input) => {
      if (input.ExecutableUsers?.length)
        throw new AwsError("UnknownOperationException", "the simulated account does not model who else may launch an image", 501);
      const { items, nextToken } = images.describe({
        ids: input.ImageIds,
        filters: input.Filters,
        maxResults: input.MaxResults,
        token: input.NextToken,
      });
      return isAskedFor(input.Owners) ? { Images: items.map(imageShape), NextToken: nextToken } : { Images: [] };
    },
  },
  DeregisterImage: {
    rights: ({ ImageId: id = "" }) => [onResource("DeregisterImage", "image", { id, tags: images.items.get(id)?.tags ?? {} })],
    run: ({ ImageId, DeleteAssociatedSnapshots = false }, call) => {
      const image = images.the(ImageId);
      images.deregister(image);
      return { Return: true, ...(DeleteAssociatedSnapshots && { DeleteSnapshotResults: [deleteSnapshot(images, image, call)] }) };
    },
  },
});

const isAskedFor = (owners: string[] | undefined): boolean => !owners?.length || owners.includes("self") || owners.includes(ACCOUNT_ID);

/** Who may not delete the snapshot still deregisters the image, and is told. Source: EC2 API reference, DeleteSnapshotReturnCode. */
function deleteSnapshot(images: Images, { snapshot }: Image, { account, principal }: Call): sdk.DeleteSnapshotReturnCode {
  const { allowed } = account.authorize(principal, onResource("DeleteSnapshot", "snapshot", snapshot));
  if (allowed) images.snapshots.items.delete(snapshot.id);
  return { SnapshotId: snapshot.id, ReturnCode: allowed ? "success" : "missing-permissions" };
}

const imageShape = (image: Image): sdk.Image => ({
  ImageId: image.id,
  Name: image.name,
  Description: image.description,
  State: image.state,
  ...(image.state === "failed" && {
    StateReason: { Code: "Client.InvalidKmsKey.InvalidState", Message: "The key of the image's snapshot is not accessible." },
  }),
  OwnerId: ACCOUNT_ID,
  ImageLocation: `${ACCOUNT_ID}/${image.name}`,
  CreationDate: image.createdAt.toISOString(),
  Public: false,
  Architecture: "x86_64",
  ImageType: "machine",
  PlatformDetails: "Linux/UNIX",
  RootDeviceName: image.rootDevice,
  RootDeviceType: "ebs",
  VirtualizationType: "hvm",
  Hypervisor: "xen",
  EnaSupport: true,
  BlockDeviceMappings: [
    {
      DeviceName: image.rootDevice,
      Ebs: {
        SnapshotId: image.snapshot.id,
        VolumeSize: image.snapshot.sizeGib,
        VolumeType: image.volumeType,
        Encrypted: image.snapshot.encrypted,
        DeleteOnTermination: true,
      },
    },
  ],
  Tags: tagList(image.tags),
});
