import { packageBucket } from "../../topology/arns.ts";
import { type Check, each, type Finding, type Stages, when } from "../check.ts";
import type { HaSettings, StageSettings } from "../schema.ts";

/** Bucket names are unique in the whole partition, so that the same name is the same bucket whatever account and region. */
const placeOf = (stage: string, settings: HaSettings) => ({
  stage,
  bucket: packageBucket(stage, settings),
  prefix: settings.storage.prefix,
});
type StoragePlace = ReturnType<typeof placeOf>;

const within = (outer: string, inner: string): boolean => outer === "" || outer === inner || inner.startsWith(`${outer}/`);

const shared = (one: StoragePlace, other: StoragePlace): boolean =>
  one.bucket === other.bucket && (within(one.prefix, other.prefix) || within(other.prefix, one.prefix));

/** Two clusters on one set of objects delete each other's packages and read each other's key. */
function ownObjects(stages: Stages): Finding[] {
  const places = Object.entries(stages).flatMap(([name, settings]) => (settings.topology === "ha" ? [placeOf(name, settings)] : []));
  return places.flatMap((place, index) =>
    places
      .slice(0, index)
      .filter((other) => shared(other, place))
      .map((other) => ({
        at: `stages.${place.stage}.storage`,
        reads: [`stages.${other.stage}.storage`, `stages.${other.stage}.account`, `stages.${place.stage}.account`],
        problem: `shares ${written(place)} with ${written(other)} of stage ${other.stage}`,
        allowed: "a bucket of its own for each stage, or prefixes in one bucket of which none lies in the other",
      })),
  );
}

const written = ({ bucket, prefix }: StoragePlace): string => `s3://${bucket}/${prefix}`;

/** Buckets that a stage has besides its packages. */
const OTHERS = /^steward-\d{12}-.+-(access-logs|state)$/;
const notSteward = (settings: StageSettings): Finding[] =>
  settings.topology === "ha"
    ? when(OTHERS.test(settings.storage.bucket ?? ""), "storage.bucket", `is ${settings.storage.bucket}, which Steward keeps for itself`, {
        allowed: "a bucket for packages alone, or null",
      })
    : [];

export const storageChecks: readonly Check[] = [
  { id: "own-objects", level: "refuse", words: "No two stages have the same objects in S3: one bucket, one prefix in the other.", of: ownObjects },
  { id: "packages-alone", level: "refuse", words: "Packages do not lie in a bucket of Steward's own.", of: each(notSteward) },
];
