import { AwsError } from "../../account/operation.ts";
import { UBUNTU_IMAGE_ID } from "../../fleet/machine-image.ts";

/** Source: Canonical's documentation, "Find Ubuntu images on AWS": the parameters that it publishes. */
const UBUNTU = /^\/aws\/service\/canonical\/ubuntu\/server\/(22\.04|24\.04|jammy|noble)\/stable\/current\/amd64\/hvm\/ebs-gp[23]\/ami-id$/;

/** The public parameter that an image id names, as in `resolve:ssm:/aws/service/…`; undefined for a plain id. */
export const imageParameter = (imageId: string | undefined): string | undefined => /^resolve:ssm:(\/.+)$/.exec(imageId ?? "")?.[1];

/** The image that is launched for an image id, which may be a parameter's name. */
export function resolveImage(imageId: string | undefined): string {
  if (imageId === undefined) throw new AwsError("MissingParameter", "The request must contain the parameter ImageId");
  const name = imageParameter(imageId);
  if (name !== undefined && UBUNTU.test(name)) return UBUNTU_IMAGE_ID;
  if (name !== undefined) throw new AwsError("InvalidParameterValue", `the simulated account resolves Canonical's public image parameters only, not ${name}`);
  if (!/^ami-[0-9a-z]+$/.test(imageId)) throw new AwsError("InvalidAMIID.Malformed", `Invalid id: "${imageId}" (expecting "ami-...")`);
  return imageId;
}
