import { z } from "zod";
import { ProbeReport } from "./probe.ts";

const { at, configFingerprint, end, instanceId, keyFingerprint, ping, runningVersion, service, version } = ProbeReport.shape;

const Answer = { path: z.string(), status: z.number().int(), bytes: z.number().int(), ms: z.number() };

/** One database as the copy holds it. */
const ProvenDatabase = z.object({
  /** Name of its file. */
  name: z.string(),
  /** `ok`, or the first problem, or why nobody looked to the end. */
  integrity: z.string().max(200),
  /** How many tables there are; null where the database does not say. */
  tableCount: z.number().int().nullable(),
  /** The largest tables, largest first; null rows where they could not be counted. */
  tables: z.array(z.object({ name: z.string(), rows: z.number().int().nullable() })).max(40),
});

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
  databases: z.array(ProvenDatabase).max(10),
  version,
  runningVersion,
  service,
  ping,
  configFingerprint,
  keyFingerprint,
  licenseStatus: z.string().nullable(),
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
