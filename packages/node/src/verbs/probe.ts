import type { Config } from "@steward/core/desired/gcfg";
import { type ProbeReport, REPORT_END } from "@steward/core/fleet/probe";
import { databaseAddress, serviceUrl, storageAddress } from "../addresses.ts";
import { condition } from "../condition.ts";
import type { Host, HttpResult } from "../host.ts";
import { installed, knownVersion } from "../installed.ts";
import type { Memory } from "../receipts.ts";
import { ping, unitState } from "../service.ts";

/** Run Command hands back 24,000 characters; a report stays well below. */
const REPORT_BYTES = 16 * 1024;
const STATUS_TIMEOUT_MS = 3_000;
const CONNECT_TIMEOUT_MS = 3_000;

/** This node's account of itself as one JSON text that Run Command hands back whole. */
export const probe = async (host: Host, memory: Memory): Promise<string> => fitted(await report(host, memory));

/**
 * This node's account of itself; looks only, changes nothing, and holds fingerprints where there are secrets. What is on the
 * disk comes first, then everything that may time out at once: a sick node still reports within 20 s.
 */
export async function report(host: Host, memory: Pick<Memory, "receipts">): Promise<ProbeReport> {
  const found = await installed(host);
  const [instanceId, service, answered, more] = await Promise.all([host.instanceId(), unitState(host), answers(host, found.config), condition(host, found)]);
  return {
    report: 1,
    instanceId,
    at: host.now(),
    version: found.version,
    service: { state: service.state, since: service.since },
    ...answered,
    configFingerprint: found.configFingerprint,
    keyFingerprint: found.keyFingerprint,
    more,
    receipts: memory.receipts,
    end: REPORT_END,
  };
}

async function answers(host: Host, config: Config | undefined) {
  const [pinged, status, database, storage] = await Promise.all([
    ping(host),
    host.get(serviceUrl(config, "/__api__/status"), STATUS_TIMEOUT_MS),
    reach(host, config && databaseAddress(config)),
    reach(host, config && storageAddress(config)),
  ]);
  return { ping: withoutBody(pinged), runningVersion: runningVersion(status), database, storage };
}

const withoutBody = (answer: HttpResult): ProbeReport["ping"] => (answer.kind === "answer" ? { kind: "answer", status: answer.status, ms: answer.ms } : answer);

/** Package Manager has no endpoint that speaks of its database or storage, so the network is asked instead. */
async function reach(host: Host, address: { host: string; port: number } | undefined): Promise<ProbeReport["database"]> {
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

/** The oldest receipts go first when a report would be too long, then what lists many things; the end marker stays last. */
export function fitted(report: ProbeReport): string {
  const text = JSON.stringify(report);
  if (Buffer.byteLength(text) <= REPORT_BYTES) return text;
  if (report.receipts.length > 0) return fitted({ ...report, receipts: report.receipts.slice(1) });
  return JSON.stringify({ ...report, more: { ...report.more, disks: [], languages: null, cluster: null, keySource: null } });
}
