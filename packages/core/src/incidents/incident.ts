import { z } from "zod";

/** A refusal as it goes on the record: which guard, in which words, and how often it said so. */
export const RefusalRecord = z.object({ guard: z.string(), because: z.string(), at: z.coerce.date(), times: z.number().int().positive() });
export type RefusalRecord = z.infer<typeof RefusalRecord>;

const FLEET_KINDS = ["node-sick", "fleet-sick", "database-down", "admission-failed", "fleet-differs", "first-deploy-late", "restore-failed"] as const;

/** Troubles of what is kept, not of who serves: found, attended to and ended by `keep-snapshots` alone. */
const KEEPING_KINDS = [
  "snapshot-failed",
  "snapshot-stuck",
  "snapshot-missing",
  "snapshots-unfrozen",
  "pruning-stopped",
  "pruning-partial",
  "orphaned-snapshots",
  "snapshots-unlocked",
  "copy-failed",
  "copy-missing",
  "copies-unpruned",
  "restore-unproven",
  "drill-left-over",
  "images-unpruned",
  "restore-unconfirmed",
] as const;
export type KeepingKind = (typeof KEEPING_KINDS)[number];

export const INCIDENT_KINDS = [...FLEET_KINDS, ...KEEPING_KINDS] as const;

/** One thread of trouble: opened once per kind and resource while it is open, closed by a verified recovery. */
export const Incident = z.object({
  id: z.string(),
  stage: z.string(),
  kind: z.enum(INCIDENT_KINDS),
  /** Instance id, database id, volume id, or the group's name. */
  resource: z.string(),
  cause: z.string(),
  evidence: z.array(z.string()),
  openedAt: z.coerce.date(),
  endedAt: z.coerce.date().nullable(),
  /** `paged`: a human was told that Steward does not go on by itself; the incident stays open until it is over. */
  state: z.enum(["open", "paged", "resolved"]),
  /** Whether a human was ever told to act on it. */
  paged: z.boolean(),
  /** Since when its cause is no longer seen; closed once it is over and that has lasted. */
  quietSince: z.coerce.date().nullable(),
  refusals: z.array(RefusalRecord),
});
export type Incident = z.infer<typeof Incident>;
export type IncidentKind = Incident["kind"];

/** Which of the two an incident is about. */
export const isAboutKeeping = (incident: Incident): incident is Incident & { kind: KeepingKind } =>
  (KEEPING_KINDS as readonly string[]).includes(incident.kind);
/** Of the copies in another region, which are looked at apart. */
export const isAboutCopies = ({ kind }: Pick<Incident, "kind">): boolean => kind === "copy-failed" || kind === "copy-missing" || kind === "copies-unpruned";
export const isAboutFleet = (incident: Incident): boolean => !isAboutKeeping(incident);
