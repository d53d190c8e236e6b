import { AwsError } from "../../account/operation.ts";
import type { Instance } from "./instance.ts";
import type { Instances } from "./instances.ts";

/** Finds instances by id; every missing id is one error, as EC2 answers it. Source: EC2 API reference, "Error codes". */
export function findAll(instances: Instances, ids: string[]): Instance[] {
  for (const id of ids) if (!/^i-[0-9a-f]{8}([0-9a-f]{9})?$/.test(id)) throw new AwsError("InvalidInstanceID.Malformed", `Invalid id: "${id}"`);
  const missing = ids.filter((id) => !isVisible(instances.all.get(id)));
  if (missing.length > 0) throw notFound(missing);
  return ids.flatMap((id) => instances.all.get(id) ?? []);
}

/** Whether describe calls know the instance yet. */
export const isVisible = (instance: Instance | undefined): instance is Instance => instance !== undefined && Date.now() >= instance.visibleFrom;

const notFound = (ids: string[]): AwsError =>
  new AwsError(
    "InvalidInstanceID.NotFound",
    ids.length === 1 ? `The instance ID '${ids[0]}' does not exist` : `The instance IDs '${ids.join(", ")}' do not exist`,
  );
