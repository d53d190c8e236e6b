import type { ResourceType } from "@aws-sdk/client-ec2";
import { arn, REGION } from "../../account/account.ts";
import type { Right } from "../../account/operation.ts";
import { type Resource, tagContext } from "./collection.ts";

/** ARN of anything in EC2; images and snapshots belong to no account there. Source: service authorization reference, Amazon EC2, "Resource types". */
export const arnOf = (type: ResourceType | "*", id: string): string =>
  type === "image" || type === "snapshot" ? `arn:aws:ec2:${REGION}::${type}/${id}` : arn("ec2", `${type}/${id}`);

/** One action on an image or a snapshot, with its tags as condition keys. */
export const onResource = (action: string, type: "image" | "snapshot", { id, tags }: Resource): Right => ({
  action: `ec2:${action}`,
  resources: [arnOf(type, id)],
  context: tagContext(tags),
});

/** The key of an encrypted disk by its ARN; without a key of the customer's it is AWS's own. */
export function keyArn(keyId = "alias/aws/ebs"): string {
  if (keyId.startsWith("arn:")) return keyId;
  return arn("kms", keyId.startsWith("alias/") ? keyId : `key/${keyId}`);
}
