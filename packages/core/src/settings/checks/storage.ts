import { packageBucket } from "../../topology/arns.ts";
import { type Check, each, type Finding, type Stages, when } from "../check.ts";
import type { StageSettings } from "../schema.ts";

/** Each stage creates its bucket, and its deploys set the bucket's notifications, policy and lifecycle: folders keep nobody apart. */
function ownBucket(stages: Stages): Finding[] {
  const owners = Object.entries(stages).flatMap(([name, settings]) =>
    settings.topology === "ha" ? [{ at: `stages.${name}`, name, bucket: packageBucket(name, settings) }] : [],
  );
  return owners.flatMap(({ at, bucket }, index) =>
    owners
      .slice(0, index)
      .filter((other) => other.bucket === bucket)
      .map((other) => ({
        at: `${at}.storage.bucket`,
        reads: [at, other.at].flatMap((stage) => [`${stage}.storage.bucket`, `${stage}.account`]),
        problem: `is ${bucket}, the bucket of stage ${other.name} too`,
        allowed: "a bucket of its own for each stage, whatever the folders: each stage creates its bucket",
      })),
  );
}

/** Buckets that a stage has besides its packages. */
const OTHERS = /^steward-\d{12}-.+-(access-logs|state)$/;
const notSteward = (settings: StageSettings): Finding[] =>
  settings.topology === "ha"
    ? when(OTHERS.test(settings.storage.bucket ?? ""), "storage.bucket", `is ${settings.storage.bucket}, which Steward keeps for itself`, {
        allowed: "a bucket for packages alone, or null",
      })
    : [];

export const storageChecks: readonly Check[] = [
  { id: "own-bucket", level: "refuse", words: "No two stages have the same package bucket, whatever their folders in it.", of: ownBucket },
  { id: "packages-alone", level: "refuse", words: "Packages do not lie in a bucket of Steward's own.", of: each(notSteward) },
];
