import { createHash } from "node:crypto";
import { z } from "zod";
import { SecretId, SecretReference } from "./vault.ts";

/** Where a document lies in the state bucket; its name is its own hash, so it never changes. */
export const DocumentPointer = z.object({ bucket: z.string().min(1), key: z.string().min(1), sha256: z.string().regex(/^[0-9a-f]{64}$/) });
export type DocumentPointer = z.infer<typeof DocumentPointer>;

/** Names a document of this kind by its content. */
export function pointerTo(bucket: string, kind: "declared" | "effective", text: string): DocumentPointer {
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { bucket, key: `${kind}/${sha256}.json`, sha256 };
}

/** Whether a text is the document that the pointer names. */
export const isDocument = (text: string, { sha256 }: DocumentPointer): boolean => createHash("sha256").update(text).digest("hex") === sha256;

const References = z.record(z.string(), SecretReference);

/** Package Manager's configuration; in a declared document, the database's host and login stand as placeholders. */
export const ConfigFiles = z.object({
  /** Text of `rstudio-pm.gcfg`. */
  text: z.string(),
  /** Text of the unit's drop-in. */
  dropIn: z.string(),
  /** Variables of the unit's environment file. */
  environment: References,
  /** Files for the service account alone, by path. */
  files: References,
});
export type ConfigFiles = z.infer<typeof ConfigFiles>;

const License = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("file") }),
  z.object({ kind: z.literal("floating"), server: z.string() }),
  z.object({ kind: z.literal("key") }),
]);

const Database = z.object({ host: z.string(), port: z.number().int(), name: z.string(), masterUser: z.string(), masterSecret: z.string() });

/** What every node of a fleet is to be, in full and without a secret: nodes read it, Steward writes it. */
export const EffectiveDocument = z.object({
  effective: z.literal(1),
  stage: z.string(),
  topology: z.enum(["single", "ha"]),
  version: z.string(),
  rVersions: z.array(z.string()),
  pythonVersions: z.array(z.string()),
  license: License,
  config: ConfigFiles,
  /** The server's data volume; null in a pair. */
  dataVolume: z.string().nullable(),
  /** The database in service, and the ARN of the secret in which RDS keeps its master's password; null in a single server. */
  database: Database.nullable(),
});
export type EffectiveDocument = z.infer<typeof EffectiveDocument>;

const Volume = z.object({
  zone: z.string(),
  gib: z.number().int(),
  type: z.literal("gp3"),
  iops: z.number().int(),
  throughput: z.number().int(),
  /** Alias of its key. */
  key: z.string(),
  tags: z.record(z.string(), z.string()),
});

const Sizes = z.object({ min: z.number().int(), max: z.number().int(), desired: z.number().int() });

/** What a deploy declares, in full and without a secret: Steward compares it with what is in effect, and decides. */
export const DeclaredDocument = z.object({
  declared: z.literal(1),
  stage: z.string(),
  topology: z.enum(["single", "ha"]),
  region: z.string(),
  version: z.string(),
  rVersions: z.array(z.string()),
  pythonVersions: z.array(z.string()),
  license: License,
  config: ConfigFiles,
  /** Which database it is; another one would be an empty one. */
  database: z.object({ id: z.string(), name: z.string(), port: z.number().int(), masterUser: z.string() }).nullable(),
  dataVolume: Volume.nullable(),
  /** Sizes to which Steward raises the group. */
  serving: Sizes,
  /** Template of the deploy, from which Steward makes its own. */
  baseTemplate: z.string(),
  ubuntu: z.string(),
  /** Places in the vault that must be filled. */
  secrets: z.array(SecretId),
});
export type DeclaredDocument = z.infer<typeof DeclaredDocument>;
