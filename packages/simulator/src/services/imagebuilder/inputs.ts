import { AwsError } from "../../account/operation.ts";
import type { Principal } from "../../account/principal.ts";
import { nodeSession } from "../../fleet/node-session.ts";
import { hex } from "../../world/chance.ts";
import { type Build, componentOf, find, type ImageBuilderState, isManaged } from "./state.ts";

/**
 * What the instance that builds gets with the role of its profile: its components, and what they download from S3. Answers why the
 * build fails where it does not get all of it. Source: user guide, "Use the AWSTOE component document framework for custom components".
 */
export async function fetchInputs(state: ImageBuilderState, { pipeline, recipe }: Build): Promise<string | undefined> {
  const { instanceProfileName, subnetId } = find(state.infrastructures, pipeline.given.infrastructureConfigurationArn).given;
  const builder = nodeSession(state.account, `i-0${hex(16)}`, instanceProfileName);
  if (!builder) return `the instance profile ${instanceProfileName} has no role`;
  try {
    if (subnetId) state.account.links.zoneOf(subnetId);
    for (const { componentArn = "" } of recipe.given.components ?? []) await fetchComponent(state, builder, componentArn);
    return undefined;
  } catch (error) {
    if (error instanceof AwsError) return error.message;
    throw error;
  }
}

async function fetchComponent(state: ImageBuilderState, builder: Principal, named: string): Promise<void> {
  if (isManaged(named)) return;
  const component = componentOf(state, named);
  await state.account.call(builder, "imagebuilder", "GetComponent", { componentBuildVersionArn: component?.arn ?? named });
  for (const { Bucket, Key } of downloads(component?.given.data)) await state.account.call(builder, "s3", "GetObject", { Bucket, Key });
}

interface Step {
  action?: string;
  inputs?: { source?: string }[];
}

/** Only documents in JSON, which is YAML too, are read; what others download is not looked at. */
function downloads(data = ""): { Bucket: string; Key: string }[] {
  if (!data.trimStart().startsWith("{")) return [];
  const { phases = [] } = JSON.parse(data) as { phases?: { steps?: Step[] }[] };
  const steps = phases.flatMap(({ steps = [] }) => steps).filter(({ action }) => action === "S3Download");
  return steps
    .flatMap(({ inputs = [] }) => inputs)
    .map(({ source = "" }) => {
      const [, Bucket = "", Key = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(source) ?? [];
      return { Bucket, Key };
    });
}
