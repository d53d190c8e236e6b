import type * as sdk from "@aws-sdk/client-ec2";
import { ACCOUNT_ID } from "../../account/account.ts";
import { AwsError, type Call, type Operations, type Right } from "../../account/operation.ts";
import { type Image, isPublic, lastLaunched, protectionOf, snapshotsOf } from "./images.ts";
import { onResource } from "./resource-arns.ts";
import { toCreate } from "./rights.ts";
import type { Snapshot } from "./snapshot.ts";
import { isLocked } from "./snapshot-lock.ts";
import { deleteSnapshot } from "./snapshot-operations.ts";
import { onSnapshot } from "./snapshot-rights.ts";
import type { Ec2State } from "./state.ts";
import { tagList, tagsFor } from "./template-data.ts";

/** Machine images: those of this account; images of others are known by their public parameters only. */
export const imageOperations = (state: Ec2State): Operations<typeof sdk> => ({
  DescribeImages: {
    run: (input) => {
      if (input.ExecutableUsers?.length)
        throw new AwsError("UnknownOperationException", "the simulated account does not model who else may launch an image", 501);
      const { items, nextToken } = state.images.describe({
        ids: input.ImageIds,
        filters: input.Filters,
        maxResults: input.MaxResults,
        token: input.NextToken,
        // Source: EC2 API reference, DescribeImages: disabled images are left out unless they are asked for.
        hides: ({ state: is }) => is === "disabled" && input.IncludeDisabled !== true,
      });
      return isAskedFor(input.Owners) ? { Images: items.map(imageShape), NextToken: nextToken } : { Images: [] };
    },
  },
  DeregisterImage: {
    rights: ({ ImageId }) => [onImage(state, "DeregisterImage", ImageId)],
    run: ({ ImageId, DeleteAssociatedSnapshots = false }, call) => {
      const image = state.images.the(ImageId);
      state.images.deregister(image);
      const results = DeleteAssociatedSnapshots ? snapshotsOf(image).map((snapshot) => deletion(state, snapshot, call)) : [];
      return { Return: true, ...(DeleteAssociatedSnapshots && { DeleteSnapshotResults: results }) };
    },
  },
  RegisterImage: {
    rights: (input) => [
      ...toCreate("RegisterImage", "image", { tags: tagsFor("image", input.TagSpecifications) }),
      ...mappingsOf(input).map(({ Ebs }) => onSnapshot(state.snapshots, "RegisterImage", Ebs?.SnapshotId)),
    ],
    run: (input) => ({ ImageId: register(state, input).id }),
  },
  DisableImage: {
    rights: ({ ImageId }) => [onImage(state, "DisableImage", ImageId)],
    run: ({ ImageId }) => turn(state, state.images.the(ImageId), { from: "available", to: "disabled" }),
  },
  EnableImage: {
    rights: ({ ImageId }) => [onImage(state, "EnableImage", ImageId)],
    run: ({ ImageId }) => turn(state, state.images.the(ImageId), { from: "disabled", to: "available" }),
  },
});

/** One action on an image, with its tags as condition keys. */
export const onImage = ({ images }: Ec2State, action: string, id = ""): Right => onResource(action, "image", { id, tags: images.items.get(id)?.tags ?? {} });

/** Instances that run from it go on; nobody else may launch a disabled one ever again. Source: EC2 API reference, DisableImage and EnableImage; the refusal in another state is assumed. */
function turn({ images }: Ec2State, image: Image, { from, to }: { from: sdk.ImageState; to: sdk.ImageState }): { Return: boolean } {
  if (image.state !== from) throw new AwsError("InvalidAMIID.Unavailable", `The image ID '${image.id}' is not ${from}`);
  if (to === "disabled") image.permissions = [];
  images.turn(image, to);
  return { Return: true };
}

const mappingsOf = ({ BlockDeviceMappings = [] }: sdk.RegisterImageRequest): sdk.BlockDeviceMapping[] =>
  BlockDeviceMappings.filter(({ Ebs }) => Ebs?.SnapshotId !== undefined);

/** An image of snapshots; those of anything else are not modelled. */
function register({ images, snapshots }: Ec2State, input: sdk.RegisterImageRequest): Image {
  const { Name: name = "", Description: description, RootDeviceName: rootDevice = "/dev/sda1" } = input;
  const disks = mappingsOf(input).map(({ DeviceName = "", Ebs }) => ({ device: DeviceName, snapshot: completed(snapshots.the(Ebs?.SnapshotId)), Ebs }));
  const root = disks.find(({ device }) => device === rootDevice);
  if (!root) throw new AwsError("InvalidBlockDeviceMapping", `The root device '${rootDevice}' has no snapshot.`);
  const further = disks.filter((disk) => disk !== root).map(({ device, snapshot }) => ({ device, snapshot }));
  const { snapshot, Ebs: { VolumeType: volumeType = "standard" } = {} } = root;
  return images.registerFrom({ name, description, rootDevice, volumeType, tags: tagsFor("image", input.TagSpecifications), snapshot, further });
}

function completed(snapshot: Snapshot): Snapshot {
  if (snapshot.state !== "completed") throw new AwsError("IncorrectState", `Snapshot '${snapshot.id}' is not 'completed'.`);
  return snapshot;
}

const isAskedFor = (owners: string[] | undefined): boolean => !owners?.length || owners.includes("self") || owners.includes(ACCOUNT_ID);

/** Who may not delete the snapshot still deregisters the image, and is told. Source: EC2 API reference, DeleteSnapshotReturnCode. */
function deletion(state: Ec2State, snapshot: Snapshot, { account, principal }: Call): sdk.DeleteSnapshotReturnCode {
  const result = (ReturnCode: sdk.SnapshotReturnCodes) => ({ SnapshotId: snapshot.id, ReturnCode });
  if (state.images.restingOn(snapshot)) return result("skipped");
  if (!account.authorize(principal, onSnapshot(state.snapshots, "DeleteSnapshot", snapshot.id)).allowed) return result("missing-permissions");
  if (isLocked(snapshot)) return result("client-error");
  deleteSnapshot(state, snapshot);
  return result("success");
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
  Public: isPublic(image),
  DeregistrationProtection: protectionOf(image),
  LastLaunchedTime: lastLaunched(image)?.toISOString(),
  Architecture: "x86_64",
  ImageType: "machine",
  PlatformDetails: "Linux/UNIX",
  RootDeviceName: image.rootDevice,
  RootDeviceType: "ebs",
  VirtualizationType: "hvm",
  Hypervisor: "xen",
  EnaSupport: true,
  BlockDeviceMappings: [{ device: image.rootDevice, snapshot: image.snapshot }, ...image.further].map(({ device, snapshot }) => ({
    DeviceName: device,
    Ebs: {
      SnapshotId: snapshot.id,
      VolumeSize: snapshot.sizeGib,
      VolumeType: image.volumeType,
      Encrypted: snapshot.encrypted,
      DeleteOnTermination: true,
    },
  })),
  Tags: tagList(image.tags),
});
