import { type ProbeReport, REPORT_END } from "@steward/core/fleet/probe";
import { type Address, databaseAddress, serviceUrl, storageAddress } from "../addresses.ts";
import type { Host, HttpResult } from "../host.ts";
import { type Installed, installed, knownVersion } from "../installed.ts";
import type { Memory } from "../receipts.ts";
import { ping, unitState } from "../service.ts";

/** Run Command hands back 24,000 characters; a report stays well below. */
const REPORT_BYTES = 16 * 1024;
const STATUS_TIMEOUT_MS = 3_000;
const CONNECT_TIMEOUT_MS = 3_000;

/** This node's account of itself as one JSON text that Run Command hands back whole. */
export const probe = async (host: Host, memory: Memory): Promise<string> => fitted(await report(host, memory));

/** This node's account of itself; looks only, changes nothing, and holds fingerprints where there are secrets. */
export async function report(host: Host, memory: Pick<Memory, "receipts">): Promise<ProbeReport> {
  const found = await installed(host);
  return {
    report: 1,
    instanceId: await host.instanceId(),
    at: host.now(),
    version: found.version,
    service: await unitState(host),
    ...(await answers(host, found)),
    configFingerprint: found.configFingerprint,
    keyFingerprint: found.key.kind === "key" ? found.key.fingerprint : null,
    receipts: memory.receipts,
    end: REPORT_END,
  };
}

/** All questions that may time out are asked at once, so that a sick node still reports in time. */
async function answers(host: Host, { config }: Installed) {
  const [pinged, status, database, storage] = await Promise.all([
    ping(host),
    host.get(serviceUrl(config, "/__api__/status"), STATUS_TIMEOUT_MS),
    reach(host, config === undefined ? undefined : databaseAddress(config)),
    reach(host, config === undefined ? undefined : storageAddress(config)),
  ]);
  return { ping: withoutBody(pinged), runningVersion: runningVersion(status), database, storage };
}

const withoutBody = (answer: HttpResult): ProbeReport["ping"] => (answer.kind === "answer" ? { kind: "answer", status: answer.status, ms: answer.ms } : answer);

/** Package Manager has no endpoint that speaks of its database or storage, so the network is asked instead. */
async function reach(host: Host, address: Address | undefined): Promise<ProbeReport["database"]> {
  if (!address) return "unknown";
  return (await host.connect(address.host, address.port, CONNECT_TIMEOUT_MS)) ? "reachable" : "unreachable";
}

function runningVersion(status: HttpResult): string | null {
  if (status.kind !== "answer" || status.status !== 200) return null;
  try {
    return knownVersion((JSON.parse(status.body) as { version?: unknown } | null)?.version);
  } catch {
    return null;
  }
}

/** The oldest receipts go first when a report would be too long; the end marker stays last. */
function fitted(report: ProbeReport): string {
  const text = JSON.stringify(report);
  if (Buffer.byteLength(text) <= REPORT_BYTES || report.receipts.length === 0) return text;
  return fitted({ ...report, receipts: report.receipts.slice(1) });
}
