import type { NodeSettings } from "@steward/core/fleet/node-settings";
import type { CommandEnvelope, ProbeReport } from "@steward/core/fleet/probe";
import { type Act, nameOf } from "../command.ts";
import { type Reading, readDesired, reading, readSettings, value } from "../desired.ts";
import { redactedConfig, redaction } from "../evidence.ts";
import type { Host } from "../host.ts";
import { PATHS } from "../paths.ts";
import { LINES, run } from "../programs.ts";
import { receiptsOf } from "../receipts.ts";
import { report } from "./probe.ts";

/** Of the end of the server's log. */
const LOG_BYTES = 65_536;
const EVIDENCE_BYTES = 256 * 1024;
const LOOK = { ms: 10_000 };

/** Keeps what a human needs to see of a sick node in the state bucket, under the node's id and the time, without any secret. */
export const collect: Act = async (host, command) => {
  const place = await readPlace(host, command);
  if (place.kind === "unusable") return { outcome: "refused", because: place.because };
  const { settings, bucket } = place.value;
  const about = await report(host, { receipts: await receiptsOf(host) });
  const text = fitted({ report: about, ...(await texts(host)) });
  const kept = host.aws(settings).keepEvidence(bucket, `evidence/${about.instanceId}/${host.now().toISOString()}.json`, text);
  return kept.then(
    () => ({ outcome: "done" }) as const,
    (error: unknown) => ({ outcome: "failed", because: `the evidence cannot be kept: ${nameOf(error)}` }) as const,
  );
};

/** The bucket in which the documents lie, from the command or from the desired state. */
const readPlace = (host: Host, { document }: CommandEnvelope): Promise<Reading<{ settings: NodeSettings; bucket: string }>> =>
  reading(async () => {
    const settings = value(await readSettings(host));
    return { settings, bucket: document?.bucket ?? value(await readDesired(host, settings)).document.bucket };
  });

/** Texts that were written by others; a text is empty where there is none. */
async function texts(host: Host) {
  const redact = await redaction(host);
  const output = async (line: Parameters<typeof run>[1]) => redact((await run(host, line, LOOK)).stdout);
  const [config, serverLog, journal, kernel, disks] = await Promise.all([
    host.readFile(PATHS.config),
    logEnd(host).then(redact),
    output(LINES.journal),
    output(LINES.kernelJournal),
    output(LINES.disks([host.locate("/"), host.locate(PATHS.home)])),
  ]);
  return { config: config === undefined ? "" : redact(redactedConfig(config)), serverLog, journal, kernel, disks };
}

/** The log is the service account's: whatever else may lie in its place is not followed. */
const logEnd = (host: Host): Promise<string> =>
  host.readEnd(PATHS.serverLog, LOG_BYTES).then(
    (text) => wholeLines(text ?? ""),
    (error: unknown) => `not readable: ${nameOf(error)}`,
  );

/** What was cut off in the middle of a line may be the end of a secret, which nobody would know for one. */
const wholeLines = (text: string): string => (Buffer.byteLength(text) < LOG_BYTES ? text : text.slice(text.indexOf("\n") + 1));

type Evidence = { report: ProbeReport } & Awaited<ReturnType<typeof texts>>;

/** The longest text loses its older half until everything fits. */
function fitted(evidence: Evidence): string {
  const text = JSON.stringify({ evidence: 1, ...evidence });
  if (Buffer.byteLength(text) <= EVIDENCE_BYTES) return text;
  const { report: about, ...others } = evidence;
  const [name, longest] = Object.entries(others).reduce((a, b) => (a[1].length >= b[1].length ? a : b));
  return fitted({ report: about, ...others, [name]: longest.slice(Math.ceil(longest.length / 2)) });
}
