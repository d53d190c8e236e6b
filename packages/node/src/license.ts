import type { EffectiveDocument } from "@steward/core/desired/documents";
import type { Host } from "./host.ts";
import { PATHS } from "./paths.ts";
import { failure, LINES, run } from "./programs.ts";

const PATIENCE = { ms: 8_000 };

/** The licence that Package Manager goes by, in its own words. */
export interface LicenseStatus {
  status: string | null;
  daysLeft: number | null;
}

/**
 * Asks the licence manager; null when it does not answer. It tells of three ways to be licensed, in blocks: file, key, floating.
 * The first that is activated counts, else the first of all. Source: README of Posit's images of Package Manager, "Licensing".
 */
export async function licenseStatus(host: Host): Promise<LicenseStatus | null> {
  const { exitCode, stdout } = await run(host, LINES.licenseStatus, PATIENCE);
  if (exitCode !== 0) return null;
  const blocks = stdout
    .split(/^-- .* --\s*$/m)
    .map((text) => ({ status: /^Status: ([A-Za-z][A-Za-z -]{0,39})$/m.exec(text)?.[1] ?? null, daysLeft: daysIn(text) }));
  const known = blocks.filter(({ status }) => status !== null);
  return known.find(({ status }) => status === ACTIVATED) ?? known[0] ?? { status: null, daysLeft: null };
}

const ACTIVATED = "Activated";

function daysIn(text: string): number | null {
  const days = /^Days-Left: (-?\d{1,6})$/m.exec(text)?.[1];
  return days === undefined ? null : Number(days);
}

/** Sees to the licences that are no files; a sentence where a human has to. */
export async function arrangeLicense(host: Host, license: EffectiveDocument["license"], beforeChange: () => Promise<void>): Promise<string | undefined> {
  if (license.kind === "key") return activated(host);
  if (license.kind === "floating") return tellServer(host, license.server, beforeChange);
  return undefined;
}

/** The vendor takes a key only as an argument, where every account of this computer could read it: so no program gives it. */
async function activated(host: Host): Promise<string | undefined> {
  const found = await licenseStatus(host);
  if (found?.status === ACTIVATED) return undefined;
  return `licence: it is not activated; run "${PATHS.licenseManager} activate <product key>" as root on this node, then converge again`;
}

async function tellServer(host: Host, server: string, beforeChange: () => Promise<void>): Promise<string | undefined> {
  if (!/^[A-Za-z0-9.-]+:\d+$/.test(server)) return "licence: the document names no licence server";
  if ((await host.readFile(PATHS.licenseServer)) === server) return undefined;
  await beforeChange();
  const because = await failure(host, LINES.licenseServer(server), PATIENCE);
  if (because !== undefined) return `licence: ${because}`;
  await host.writeFile(PATHS.licenseServer, server, { owner: "root", mode: 0o644 });
  return undefined;
}
