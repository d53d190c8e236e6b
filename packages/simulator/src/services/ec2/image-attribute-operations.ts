import type * as sdk from "@aws-sdk/client-ec2";
import { AwsError, type Operations } from "../../account/operation.ts";
import { onImage } from "./image-operations.ts";
import { type Image, lastLaunched, protectionOf } from "./images.ts";
import type { Ec2State } from "./state.ts";

/** A protection that has a cooldown protects for so long after somebody has taken it away. Source: EC2 user guide, "Protect an Amazon EC2 AMI from deregistration". */
const COOLDOWN_MS = 24 * 3_600_000;

/** Who else may launch an image, when it was last launched, and whether it may be deregistered. */
export const imageAttributeOperations = (state: Ec2State): Operations<typeof sdk> => ({
  DescribeImageAttribute: {
    rights: ({ ImageId }) => [onImage(state, "DescribeImageAttribute", ImageId)],
    run: ({ ImageId, Attribute = "" }) => {
      const image = state.images.the(ImageId);
      const answer = ATTRIBUTES[Attribute];
      if (!answer) throw new AwsError("UnknownOperationException", `the simulated account does not model the attribute '${Attribute}' of an image`, 501);
      return { ImageId: image.id, ...answer(image) };
    },
  },
  ModifyImageAttribute: {
    rights: ({ ImageId }) => [onImage(state, "ModifyImageAttribute", ImageId)],
    run: ({ ImageId, LaunchPermission, ...rest }) => {
      if (!LaunchPermission) throw new AwsError("UnknownOperationException", `the simulated account models no change of ${Object.keys(rest).join(", ")}`, 501);
      share(state.images.the(ImageId), LaunchPermission);
      return {};
    },
  },
  EnableImageDeregistrationProtection: {
    rights: ({ ImageId }) => [onImage(state, "EnableImageDeregistrationProtection", ImageId)],
    run: ({ ImageId, WithCooldown = false }) => {
      state.images.the(ImageId).protection = { cooldown: WithCooldown, until: null };
      return { Return: "true" };
    },
  },
  DisableImageDeregistrationProtection: {
    rights: ({ ImageId }) => [onImage(state, "DisableImageDeregistrationProtection", ImageId)],
    run: ({ ImageId }) => {
      const image = state.images.the(ImageId);
      const { protection } = image;
      if (protection?.cooldown) protection.until ??= new Date(Date.now() + COOLDOWN_MS);
      else delete image.protection;
      return { Return: "true" };
    },
  },
});

const ATTRIBUTES: Partial<Record<string, (image: Image) => Omit<sdk.DescribeImageAttributeCommandOutput, "$metadata">>> = {
  launchPermission: ({ permissions }) => ({ LaunchPermissions: permissions }),
  lastLaunchedTime: (image) => ({ LastLaunchedTime: { Value: lastLaunched(image)?.toISOString() } }),
  deregistrationProtection: (image) => ({ DeregistrationProtection: { Value: protectionOf(image) } }),
};

const isSame = (a: sdk.LaunchPermission, b: sdk.LaunchPermission): boolean =>
  a.UserId === b.UserId && a.Group === b.Group && a.OrganizationArn === b.OrganizationArn && a.OrganizationalUnitArn === b.OrganizationalUnitArn;

/** A disabled image can't be shared. Source: EC2 user guide, "Disable an Amazon EC2 AMI"; the code is assumed. */
function share(image: Image, { Add = [], Remove = [] }: sdk.LaunchPermissionModifications): void {
  if (image.state === "disabled") throw new AwsError("InvalidAMIID.Unavailable", `The image ID '${image.id}' is disabled and can't be shared`);
  const kept = image.permissions.filter((one) => ![...Add, ...Remove].some((other) => isSame(one, other)));
  image.permissions = [...kept, ...Add];
}
