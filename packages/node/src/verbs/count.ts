import type { CountReport } from "@steward/core/fleet/count-report";
import { REPORT_END } from "@steward/core/fleet/probe";
import { readConfig, serviceUrl } from "../addresses.ts";
import { countedDatabases } from "../databases.ts";
import type { Host } from "../host.ts";
import { listedIn } from "../package-paths.ts";
import { countStored } from "../stored-files.ts";

/** A snapshot that comes meanwhile should find no reader at the database. */
const COUNTED_MS = 60_000;
const STORED_MS = 20_000;
const LIST_MS = 10_000;

/** How much this server holds, as one JSON text; reads only, and what is not counted within a minute is left uncounted. */
export async function count(host: Host): Promise<string> {
  const deadline = host.now().getTime() + COUNTED_MS;
  const counts = { repositories: await repositories(host), storedFiles: await countStored(host, STORED_MS), databases: await countedDatabases(host, deadline) };
  return JSON.stringify({ count: 1, instanceId: await host.instanceId(), at: host.now(), ...counts, end: REPORT_END } satisfies CountReport);
}

async function repositories(host: Host): Promise<number | null> {
  const list = await host.download(serviceUrl(await readConfig(host), "/__api__/repos"), LIST_MS);
  return list.kind === "answer" && list.status === 200 ? listedIn(list.beginning) : null;
}
