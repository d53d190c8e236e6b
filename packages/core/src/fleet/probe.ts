import { z } from "zod";
import { compareFingerprints } from "../desired/digest.ts";
import { DocumentPointer } from "../desired/documents.ts";

/** What a node says of one command it was given; the last few are kept on the node, so a repeat is not done twice. */
export const CommandReceipt = z.object({
  key: z.string(),
  verb: z.string(),
  epoch: z.number().int(),
  at: z.coerce.date(),
  outcome: z.enum(["running", "done", "failed", "refused"]),
  because: z.string().optional(),
});
export type CommandReceipt = z.infer<typeof CommandReceipt>;

/** The last characters of a whole report: without them it was cut off, and cut off means unknown. */
export const REPORT_END = "end-of-report";

/** One node's account of itself (`steward-node probe`): at most 16 KB, never a secret. */
export const ProbeReport = z.object({
  report: z.literal(1),
  instanceId: z.string(),
  at: z.coerce.date(),
  version: z.string().nullable(),
  service: z.object({ state: z.enum(["active", "activating", "inactive", "failed", "unknown"]), since: z.coerce.date().nullable() }),
  ping: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("answer"), status: z.number().int(), ms: z.number() }),
    z.object({ kind: z.literal("timeout") }),
    z.object({ kind: z.literal("refused") }),
  ]),
  /** `version` of `/__api__/status`: that of the running process, which may differ from the installed one. */
  runningVersion: z.string().nullable(),
  configFingerprint: z.string().nullable(),
  keyFingerprint: z.string().nullable(),
  database: z.enum(["reachable", "unreachable", "unknown"]),
  storage: z.enum(["reachable", "unreachable", "unknown"]),
  /** Everything else that a node can tell of itself; null where it could not find out. */
  more: z.object({
    hostname: z.string().nullable(),
    /** Package Manager is kept at its version. */
    held: z.boolean().nullable(),
    /** Where the encryption key is taken from, and where else one lies; null where that can't be said. */
    keySource: z.object({ from: z.string(), others: z.array(z.string()) }).nullable(),
    license: z.object({ fingerprint: z.string().nullable(), status: z.string().nullable(), daysLeft: z.number().int().nullable() }).nullable(),
    clock: z.object({ offsetMs: z.number(), synchronised: z.boolean() }).nullable(),
    disks: z.array(z.object({ mount: z.string(), usedPercent: z.number(), inodesUsedPercent: z.number() })),
    /** Versions of R and Python that answer, of those that are wanted. */
    languages: z.object({ r: z.array(z.string()), python: z.array(z.string()) }).nullable(),
    /** Host names of the nodes that Package Manager has registered; null where it does not answer. */
    cluster: z.array(z.string()).nullable(),
  }),
  receipts: z.array(CommandReceipt),
  end: z.literal(REPORT_END),
});
export type ProbeReport = z.infer<typeof ProbeReport>;

/** What every node of the fleet should be, in hashes and a pointer to the whole; written by Steward, read by the nodes themselves. */
export const DesiredState = z.object({
  desired: z.literal(1),
  revision: z.number().int().positive(),
  version: z.string(),
  configFingerprint: z.string(),
  keyFingerprint: z.string(),
  document: DocumentPointer,
  /** The data volume that the document names, of a single server: another by the same name is none of the fleet. */
  dataVolume: z.string().optional(),
});
export type DesiredState = z.infer<typeof DesiredState>;

/** What a report says against its node; empty when the node equals the desired state and answers. */
export const reportDifferences = (report: ProbeReport, desired: DesiredState): string[] => [
  ...differs("installed version", report.version, desired.version),
  ...differs("running version", report.runningVersion, desired.version),
  ...CONFIG_WORDS[compareFingerprints(report.configFingerprint, desired.configFingerprint)],
  ...(report.keyFingerprint === desired.keyFingerprint ? [] : ["the encryption key is not the desired one"]),
  ...(report.ping.kind === "answer" && report.ping.status === 200 ? [] : ["/__ping__ does not answer 200"]),
];

const CONFIG_WORDS = { same: [], different: ["the config file is not the desired one"], unknown: ["the config file can't be compared with the desired one"] };

const differs = (what: string, is: string | null, should: string): string[] => (is === should ? [] : [`${what} is ${is ?? "unknown"}, not ${should}`]);

/** What comes with every command to a node: who may still give it, until when, and under which name. */
export const CommandEnvelope = z.object({
  key: z.string().min(1).max(200),
  /** Lease epoch; a node refuses a lower one than it has seen. */
  epoch: z.number().int().nonnegative(),
  notAfter: z.coerce.date(),
  /** The document to go by, where the desired state does not name it yet. */
  document: DocumentPointer.optional(),
  /** The one volume on which a file system may be made, if it is blank. */
  format: z.string().optional(),
  /** On a copy: Package Manager may be started now, because what was restored has been looked at. */
  start: z.boolean().optional(),
  /** Key of the freeze that a thaw is to end: another, or none, is no proof that the volume stood still. */
  freeze: z.string().optional(),
  /** Where a copy of the database answers that is to be looked at. */
  copy: z.object({ host: z.string(), port: z.int() }).optional(),
});
export type CommandEnvelope = z.infer<typeof CommandEnvelope>;

export const NODE_VERBS = [
  "probe",
  "init-database",
  "converge",
  "restart",
  "drain",
  "resume",
  "quiesce",
  "thaw",
  "collect",
  "prove",
  "count",
  "prove-database",
] as const;
export type NodeVerb = (typeof NODE_VERBS)[number];
