import { z } from "zod";
import { ProbeReport } from "./probe.ts";

const { at, configFingerprint, end, instanceId, keyFingerprint, ping, runningVersion, service, version } = ProbeReport.shape;

const Answer = { path: z.string(), status: z.number().int(), bytes: z.number().int(), ms: z.number() };

/** One database as the copy holds it. */
export const ProvenDatabase = z.object({
  /** Name of its file. */
  name: z.string(),
  /** `ok`, or the first problem, or why nobody looked to the end. */
  integrity: z.string().max(200),
  /** Rows of all its tables that could be counted; null where none could. */
  rows: z.number().int().nullable(),
  /** How many tables there are; null where the database does not say. */
  tableCount: z.number().int().nullable(),
  /** The largest tables, largest first; null rows where they could not be counted. */
  tables: z.array(z.object({ name: z.string(), rows: z.number().int().nullable() })).max(40),
});

/** What lies on the volume; of rows and files nothing but how many they are. */
export const DataLook = z.object({
  databases: z.array(ProvenDatabase).max(10),
  /** Files among the databases that nobody knows. */
  otherFiles: z.array(z.string()).max(20),
  /** Packages that were uploaded, built or fetched before; null where they could not be counted. */
  storedFiles: z.number().int().nullable(),
});
export type DataLook = z.infer<typeof DataLook>;

/**
 * What is really on the copy of a data volume (`steward-node prove`): at most 16 KB, never a secret, and of the rows nothing but how many
 * they are.
 */
export const ProofReport = z.object({
  proof: z.literal(1),
  instanceId,
  /** When everything had been looked at. */
  at,
  /** The volume that is mounted in the place of the data; null where there is none. */
  volume: z.string().nullable(),
  /** As it was restored: null once Package Manager has been started on it, because it makes files and rows of its own. */
  data: DataLook.nullable(),
  /** Which addresses systemd keeps the service from, and which it lets it reach all the same; null where systemd does not say. */
  isolation: z.object({ denied: z.array(z.string()).max(20), allowed: z.array(z.string()).max(20) }).nullable(),
  version,
  runningVersion,
  service,
  ping,
  configFingerprint,
  keyFingerprint,
  licenseStatus: z.string().nullable(),
  /** Repositories of every type that the server lists; null where it does not answer. */
  repositories: z.number().int().nullable(),
  /** The index of one repository; null where there was no answer. */
  metadata: z.object({ repository: z.string(), ...Answer }).nullable(),
  /** A package that the server hands out whole although it reaches no other computer, so one of the volume; null where there is none. */
  package: z.object({ name: z.string(), ...Answer }).nullable(),
  /** Why there is no package; null where there is one. */
  packageBecause: z.string().nullable(),
  /** The reading of the whole device, before which its volume is slower than it will be; `until` is when that ended. */
  loaded: z.object({ state: z.enum(["not-begun", "running", "done", "failed"]), since: z.coerce.date().nullable(), until: z.coerce.date().nullable() }),
  end,
});
export type ProofReport = z.infer<typeof ProofReport>;
