import type * as sdk from "@aws-sdk/client-ec2";
import { AwsError } from "../../account/operation.ts";

/** What a version of a launch template says; kept whole, in the API's own words. */
export type TemplateData = sdk.RequestLaunchTemplateData;

/** Source: EC2 API reference, InstanceMetadataOptionsRequest. */
export interface MetadataOptionsRequest {
  HttpTokens?: string | undefined;
  HttpPutResponseHopLimit?: number | undefined;
  HttpEndpoint?: string | undefined;
  InstanceMetadataTags?: string | undefined;
}

/** Source: EC2 user guide, "Run commands when you launch an EC2 instance": 16 KB before it is encoded. */
const USER_DATA_BYTES = 16_384;

/** Refuses what EC2 refuses about user data. */
export function checkUserData(userData: string | undefined): void {
  if (userData === undefined) return;
  const decoded = Buffer.from(userData, "base64");
  if (decoded.toString("base64").replace(/=+$/, "") !== userData.replace(/\s|=+$/g, ""))
    throw new AwsError("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.");
  if (decoded.length > USER_DATA_BYTES) throw new AwsError("InvalidParameterValue", `User data is limited to ${USER_DATA_BYTES} bytes`);
}

/** The security groups of a launch; naming them twice is refused. */
export function securityGroupsOf({ SecurityGroupIds, NetworkInterfaces }: Pick<TemplateData, "SecurityGroupIds" | "NetworkInterfaces">): string[] {
  if (SecurityGroupIds?.length && NetworkInterfaces?.length)
    throw new AwsError("InvalidParameterCombination", "Network interfaces and an instance-level security groups may not be specified on the same request");
  return SecurityGroupIds ?? NetworkInterfaces?.[0]?.Groups ?? [];
}

/** The tags of a request for one resource type. */
export const tagsFor = (
  resourceType: string,
  specifications: sdk.TagSpecification[] | sdk.LaunchTemplateTagSpecificationRequest[] | undefined,
): Record<string, string> =>
  Object.fromEntries(
    (specifications ?? [])
      .filter((spec) => spec.ResourceType === resourceType)
      .flatMap((spec) => (spec.Tags ?? []).map((tag) => [tag.Key ?? "", tag.Value ?? ""])),
  );

/** The tags that a launch gives, by the type of resource. */
export const launchTags = ({
  TagSpecifications,
}: Pick<TemplateData, "TagSpecifications">): Record<"instance" | "volume" | "network-interface", Record<string, string>> => ({
  instance: tagsFor("instance", TagSpecifications),
  volume: tagsFor("volume", TagSpecifications),
  "network-interface": tagsFor("network-interface", TagSpecifications),
});

/** Tags as the API lists them. */
export const tagList = (tags: Record<string, string>): { Key: string; Value: string }[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
