import { z } from "zod";
import { DeclaredDocument, DocumentPointer } from "../desired/documents.ts";
import { SecretId } from "../desired/vault.ts";
import { DesiredState } from "../fleet/probe.ts";

/** Stages of a first deploy in their order; each waits for the one before. */
export const STAGE_IDS = [
  "image",
  "secrets",
  "database",
  "data-volume",
  "document",
  "template",
  "first-node",
  "init-database",
  "desired-state",
  "first-serving",
  "fleet",
] as const;
export type StageId = (typeof STAGE_IDS)[number];

/** What the ledger holds of a first deploy. */
export const FirstDeployRecord = z.object({
  /** When each stage became the current one. */
  reached: z.partialRecord(z.enum(STAGE_IDS), z.coerce.date()),
  /** The document that was written, from which declared one, and the desired state that will point to it. */
  written: z.object({ declared: z.string(), state: DesiredState }).nullable(),
  /** When roles and schemas were in the database. */
  databaseAt: z.coerce.date().nullable(),
  finishedAt: z.coerce.date().nullable(),
});
export type FirstDeployRecord = z.infer<typeof FirstDeployRecord>;

/** One line of that record; each is written once, but for what is to follow the facts. */
export type FirstDeployNote =
  /** `again`: its time begins anew, because nobody was meant to do anything until now. */
  | { what: "reached"; stage: StageId; at: Date; again: boolean }
  | { what: "written"; declared: string; state: DesiredState }
  | { what: "database"; at: Date }
  | { what: "finished"; at: Date };

/** Everything that only a first deploy needs to know; read while one is under way. */
export const FirstDeployFacts = z.object({
  record: FirstDeployRecord,
  /** What the last deploy declared; null where that could not be read. */
  declared: z.object({ pointer: DocumentPointer, document: DeclaredDocument }).nullable(),
  /** Places in the vault that hold something. */
  filled: z.array(SecretId),
  /** Fingerprints that the operator's tools wrote beside the key: of the key itself, and of its offline copy. */
  key: z.object({ fingerprint: z.string().nullable(), offlineCopy: z.string().nullable() }),
  /** Where the database answers, and the ARN of its master's secret; null while RDS does not say. */
  endpoint: z.object({ host: z.string(), masterSecret: z.string() }).nullable(),
  /** Newest version of the deploy's template. */
  baseVersion: z.int().positive().nullable(),
  /** Newest version of Steward's own launch template, and the version of the deploy's that it was made of. */
  template: z.object({ version: z.int().positive(), imageId: z.string(), base: z.int().positive().nullable() }).nullable(),
  /** What could not be read of all this, and why. */
  unread: z.array(z.object({ what: z.string(), because: z.string() })),
});
export type FirstDeployFacts = z.infer<typeof FirstDeployFacts>;
