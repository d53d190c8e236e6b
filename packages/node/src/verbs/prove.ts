import { REPORT_END } from "@steward/core/fleet/probe";
import type { DataLook, ProofReport } from "@steward/core/fleet/proof-report";
import { otherFiles, provenDatabases } from "../databases.ts";
import { reading } from "../desired.ts";
import { type Fetched, fetchedFrom } from "../fetching.ts";
import type { Host } from "../host.ts";
import { isolation } from "../isolation.ts";
import { loading } from "../loading.ts";
import { PATHS } from "../paths.ts";
import { unitState } from "../service.ts";
import { countStored } from "../stored-files.ts";
import { mountedAt, volumeOf } from "../volume.ts";
import { report } from "./probe.ts";

/** Run Command hands back 24,000 characters; a report stays well below. */
const REPORT_BYTES = 16 * 1024;
/** Until when packages are fetched and databases looked at, from the beginning on; a command may run for 15 minutes. */
const FETCHED_AFTER_MS = 4 * 60_000;
const PROVEN_AFTER_MS = 13 * 60_000;
/** A volume made from a snapshot lists its folders slowly. */
const STORED_MS = 120_000;

/**
 * What is really on the copy that is mounted here, as one JSON text that Run Command hands back whole. Databases and files are looked at until
 * Package Manager is started, and then no more: it makes some of its own. Begins to read the whole device in the background when it is called
 * first: a volume made from a snapshot is slow until then.
 */
export async function prove(host: Host): Promise<string> {
  const begun = host.now().getTime();
  const device = await mountedDevice(host);
  const loaded = await loading(host, device);
  const about = await report(host, { receipts: [] });
  const fetched = about.service.state === "active" ? await fetchedFrom(host, begun + FETCHED_AFTER_MS) : await notServed(host);
  const data = device !== undefined && (await isUntouched(host)) ? await looked(host, begun + PROVEN_AFTER_MS) : null;
  const { instanceId, version, runningVersion, service, ping, configFingerprint, keyFingerprint } = about;
  const volume = device === undefined ? null : ((await volumeOf(host, device)) ?? null);
  const facts = { volume, data, isolation: await isolation(host), version, runningVersion, service, ping, configFingerprint, keyFingerprint };
  const licenseStatus = about.more.license?.status ?? null;
  return fitted({ proof: 1, instanceId, at: host.now(), ...facts, licenseStatus, ...fetched, loaded, end: REPORT_END });
}

/** systemd gives every start a name of its own, so a unit without one was never started since this computer was. */
async function isUntouched(host: Host): Promise<boolean> {
  const { state, invocation } = await unitState(host);
  return state === "inactive" && invocation === "";
}

const looked = async (host: Host, deadline: number): Promise<DataLook> => ({
  storedFiles: await countStored(host, STORED_MS),
  otherFiles: await otherFiles(host),
  databases: await provenDatabases(host, deadline),
});

async function mountedDevice(host: Host): Promise<string | undefined> {
  const found = await reading(() => mountedAt(host, PATHS.home));
  return found.kind === "read" ? found.value : undefined;
}

/** Other licences than files are not started on a copy, and leave no file. */
async function notServed(host: Host): Promise<Fetched> {
  const licensed = (await host.entry(PATHS.license)) !== undefined;
  const packageBecause = licensed ? "Package Manager does not run" : "Package Manager is not started on a copy: its licence is no file";
  return { repositories: null, metadata: null, package: null, packageBecause };
}

/** The smallest tables go first when a report would be too long. */
export function fitted(report: ProofReport): string {
  const text = JSON.stringify(report);
  const { data } = report;
  const most = Math.max(0, ...(data?.databases ?? []).map(({ tables }) => tables.length));
  if (!data || Buffer.byteLength(text) <= REPORT_BYTES || most === 0) return text;
  const databases = data.databases.map((database) => ({ ...database, tables: database.tables.slice(0, Math.floor(most / 2)) }));
  return fitted({ ...report, data: { ...data, databases } });
}
