import { REPORT_END } from "@steward/core/fleet/probe";
import type { ProofReport } from "@steward/core/fleet/proof-report";
import { provenDatabases } from "../databases.ts";
import { reading } from "../desired.ts";
import { type Fetched, fetchedFrom } from "../fetching.ts";
import type { Host } from "../host.ts";
import { loading } from "../loading.ts";
import { PATHS } from "../paths.ts";
import { mountedAt, volumeOf } from "../volume.ts";
import { report } from "./probe.ts";

/** Run Command hands back 24,000 characters; a report stays well below. */
const REPORT_BYTES = 16 * 1024;
/** Until when packages are fetched and databases looked at, from the beginning on; a command may run for 15 minutes. */
const FETCHED_AFTER_MS = 4 * 60_000;
const PROVEN_AFTER_MS = 13 * 60_000;

/**
 * What is really on the copy that is mounted here, as one JSON text that Run Command hands back whole. Changes nothing of it, and
 * begins to read the whole device in the background when it is called first: a volume made from a snapshot is slow until then.
 */
export async function prove(host: Host): Promise<string> {
  const begun = host.now().getTime();
  const device = await mountedDevice(host);
  const loaded = await loading(host, device);
  const about = await report(host, { receipts: [] });
  const fetched = about.service.state === "active" ? await fetchedFrom(host, begun + FETCHED_AFTER_MS) : await notServed(host);
  const databases = await provenDatabases(host, begun + PROVEN_AFTER_MS);
  const { instanceId, version, runningVersion, service, ping, configFingerprint, keyFingerprint } = about;
  const volume = device === undefined ? null : ((await volumeOf(host, device)) ?? null);
  const facts = { volume, databases, version, runningVersion, service, ping, configFingerprint, keyFingerprint };
  const licenseStatus = about.more.license?.status ?? null;
  return fitted({ proof: 1, instanceId, at: host.now(), ...facts, licenseStatus, ...fetched, loaded, end: REPORT_END });
}

async function mountedDevice(host: Host): Promise<string | undefined> {
  const found = await reading(() => mountedAt(host, PATHS.home));
  return found.kind === "read" ? found.value : undefined;
}

/** Other licences than files are not started on a copy, and leave no file. */
async function notServed(host: Host): Promise<Fetched> {
  const licensed = (await host.entry(PATHS.license)) !== undefined;
  const packageBecause = licensed ? "Package Manager does not run" : "Package Manager is not started on a copy: its licence is no file";
  return { metadata: null, package: null, packageBecause };
}

/** The smallest tables go first when a report would be too long. */
export function fitted(report: ProofReport): string {
  const text = JSON.stringify(report);
  const most = Math.max(0, ...report.databases.map(({ tables }) => tables.length));
  if (Buffer.byteLength(text) <= REPORT_BYTES || most === 0) return text;
  const databases = report.databases.map((database) => ({ ...database, tables: database.tables.slice(0, Math.floor(most / 2)) }));
  return fitted({ ...report, databases });
}
