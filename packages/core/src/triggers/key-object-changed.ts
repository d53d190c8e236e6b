import { z } from "zod";
import type { HaSettings } from "../settings/schema.ts";
import { packageBucket } from "../topology/arns.ts";
import { envelope, trigger } from "./trigger.ts";

/** Where Package Manager keeps its encryption key, below the folder in the bucket. Source: Posit's administration guide, "Configuration Encryption". */
const KEY_OBJECT = "persistent/encryption/rstudio-pm.key";

const Detail = z.object({
  bucket: z.object({ name: z.string() }),
  object: z.object({ key: z.string().refine((key) => key === KEY_OBJECT || key.endsWith(`/${KEY_OBJECT}`), "not the object of the encryption key") }),
});

/**
 * Somebody wrote or deleted the encryption key that all nodes share; what it holds is never read here. Keys of objects come as
 * they are, not URL-encoded. Source: S3 user guide, "EventBridge event message structure".
 */
export const keyObjectChanged = trigger({
  id: "key-object-changed",
  words: "Somebody wrote or deleted the encryption key in the package bucket",
  target: "observe",
  topologies: ["ha"],
  pattern: (_names, settings, stage) => (settings.topology === "ha" ? changesOf(settings, stage) : {}),
  schema: envelope("aws.s3", ["Object Created", "Object Deleted"], Detail),
  hint: (event) => ({ kind: "key-object", key: event.detail.object.key }),
});

/** The one object in the one bucket: everything else in there changes all day. */
const changesOf = (settings: HaSettings, stage: string) => ({
  source: ["aws.s3"],
  "detail-type": ["Object Created", "Object Deleted"],
  detail: {
    bucket: { name: [packageBucket(stage, settings)] },
    object: { key: [settings.storage.prefix ? `${settings.storage.prefix}/${KEY_OBJECT}` : KEY_OBJECT] },
  },
});
