import { createHmac } from "node:crypto";
import { type Config, occurrences } from "@steward/core/desired/gcfg";
import type { ProbeReport } from "@steward/core/fleet/probe";
import type { ExecResult, Host } from "./host.ts";
import { type Installed, readSalt } from "./installed.ts";
import { licenseStatus } from "./license.ts";
import { PATHS } from "./paths.ts";
import { LINES, run } from "./programs.ts";

const LOOK = { ms: 5_000 };

type More = ProbeReport["more"];

/** Everything about a node that is not its service, asked all at once; null where there was no answer that is understood. */
export async function condition(host: Host, { config, keySource }: Installed): Promise<More> {
  const [hostname, held, license, clock, disks, languages, cluster] = await Promise.all([
    host.readFile(PATHS.hostname),
    isHeld(host),
    licenseOf(host),
    clockOf(host),
    disksOf(host),
    config ? languagesOf(host, config) : null,
    clusterOf(host),
  ]);
  return { hostname: hostname?.trim().slice(0, 255) ?? null, held, keySource, license, clock, disks, languages, cluster };
}

async function isHeld(host: Host): Promise<More["held"]> {
  const { exitCode, stdout } = await run(host, LINES.heldPackages, LOOK);
  return exitCode === 0 ? stdout.split("\n").includes("rstudio-pm") : null;
}

async function licenseOf(host: Host): Promise<More["license"]> {
  const [status, text, salt] = await Promise.all([licenseStatus(host), host.readFile(PATHS.license), readSalt(host)]);
  const fingerprint = text !== undefined && salt !== null ? createHmac("sha256", salt).update(text).digest("hex") : null;
  if (status === null && fingerprint === null) return null;
  return { fingerprint, status: status?.status ?? null, daysLeft: status?.daysLeft ?? null };
}

/** chronyd goes on saying that it is synchronised when nobody has answered it for hours. */
const STALE_S = 15 * 60;

/** Fields of one line of CSV: the fourth is the time of the last measurement, the fifth the offset in seconds, the fourteenth the leap status. Source: chronyc(1), "tracking". */
async function clockOf(host: Host): Promise<More["clock"]> {
  const { exitCode, stdout } = await run(host, LINES.clock, LOOK);
  const fields = stdout.trim().split(",");
  const seconds = Number(fields[4] || Number.NaN);
  if (exitCode !== 0 || fields.length < 14 || !Number.isFinite(seconds)) return null;
  const age = host.now().getTime() / 1000 - Number(fields[3] || Number.NaN);
  return { offsetMs: seconds * 1000, synchronised: fields[13] !== "Not synchronised" && age <= STALE_S };
}

/** Lines like `/var/lib/rstudio-pm 12% 3%` after a heading; file systems without inodes say `-`. Source: df(1). */
async function disksOf(host: Host): Promise<More["disks"]> {
  const { stdout } = await run(host, LINES.disks([host.locate("/"), host.locate(PATHS.home)]), LOOK);
  const disks = stdout.split("\n").flatMap((line) => {
    const [, mount, used, inodes] = /^(\S+)\s+(\d{1,3})%\s+(?:(\d{1,3})%|-)\s*$/.exec(line) ?? [];
    return mount === undefined ? [] : [{ mount, usedPercent: Number(used), inodesUsedPercent: Number(inodes ?? 0) }];
  });
  return disks.filter(({ mount }, index) => disks.findIndex((other) => other.mount === mount) === index);
}

/** The versions that the configuration names by their place, as far as they can be run. */
async function languagesOf(host: Host, config: Config): Promise<More["languages"]> {
  const r = versionsIn(config, "RVersion", /^\/opt\/R\/(\d[\w.]*)$/);
  const python = versionsIn(config, "PythonVersion", /^\/opt\/python\/(\d[\w.]*)\/bin\/python$/);
  const [answeringR, answeringPython] = await Promise.all([
    answering(r, (version) => run(host, LINES.rVersion(version), LOOK)),
    answering(python, (version) => run(host, LINES.pythonVersion(version), LOOK)),
  ]);
  return { r: answeringR, python: answeringPython };
}

const versionsIn = (config: Config, key: string, path: RegExp): string[] =>
  occurrences(config, "Server", key).flatMap(({ value }) => path.exec(value ?? "")?.slice(1, 2) ?? []);

async function answering(versions: string[], ask: (version: string) => Promise<ExecResult>): Promise<string[]> {
  const answers = await Promise.all(versions.map(ask));
  return versions.filter((_, index) => answers[index]?.exitCode === 0);
}

/** No page shows the JSON, so only what is plainly a list of nodes with names is understood. Source: Admin Guide, "rspm cluster nodes". */
async function clusterOf(host: Host): Promise<More["cluster"]> {
  const { exitCode, stdout } = await run(host, LINES.clusterNodes, LOOK);
  if (exitCode !== 0) return null;
  const list = asList(parsed(stdout));
  const names = list?.map(nameIn);
  return names?.every((name) => name !== undefined) ? names : null;
}

function asList(found: unknown): unknown[] | undefined {
  if (Array.isArray(found)) return found;
  const nodes = fieldsOf(found).get("nodes");
  return Array.isArray(nodes) ? nodes : undefined;
}

function nameIn(node: unknown): string | undefined {
  if (typeof node === "string") return hostName(node);
  const fields = fieldsOf(node);
  return hostName(["hostname", "host", "name"].map((field) => fields.get(field)).find((name) => name !== undefined));
}

const hostName = (found: unknown): string | undefined => (typeof found === "string" && /^[A-Za-z0-9][A-Za-z0-9.-]{0,254}$/.test(found) ? found : undefined);

const fieldsOf = (found: unknown): Map<string, unknown> =>
  new Map(typeof found === "object" && found !== null ? Object.entries(found).map(([key, value]) => [key.toLowerCase(), value]) : []);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
