import { readConfig, serviceUrl } from "./addresses.ts";
import type { Outcome } from "./command.ts";
import type { Host, HttpResult } from "./host.ts";
import { PATHS } from "./paths.ts";
import { LINES, run } from "./programs.ts";

const PING_TIMEOUT_MS = 3_000;
const PING_EVERY_MS = 1_000;
/** With the waits for the lock and for systemd this stays below the command document's two minutes. */
const SERVING_WITHIN_MS = 60_000;
/** systemd itself kills a service that does not stop; this only bounds our patience with it. */
const SYSTEMCTL = { ms: 15_000 };
const SHOW = { ms: 5_000 };

/** Asks Package Manager's own liveness endpoint once. */
export async function ping(host: Host): Promise<HttpResult> {
  return host.get(serviceUrl(await readConfig(host), "/__ping__"), PING_TIMEOUT_MS);
}

/** `systemctl start|restart`, then waits until `/__ping__` answers 200 or says what it answered last. */
export async function bringUp(host: Host, verb: "start" | "restart"): Promise<Outcome> {
  const { exitCode } = await run(host, LINES[verb], SYSTEMCTL);
  if (exitCode === 127) return { outcome: "failed", because: "systemctl is not on this node" };
  if (exitCode === 0) await host.removeFile(PATHS.pendingRestart);
  const ended = exitCode === 0 ? "" : `systemctl ${verb} ended with exit code ${exitCode}, and `;
  return untilServing(host, ended);
}

/** Waits, within bounds, until `/__ping__` answers 200. */
export async function untilServing(host: Host, before = ""): Promise<Outcome> {
  const last = await firstGoodPing(host);
  if (last === "200") return { outcome: "done" };
  return { outcome: "failed", because: `${before}/__ping__ did not answer 200 within ${SERVING_WITHIN_MS / 1000} s: ${last}` };
}

async function firstGoodPing(host: Host): Promise<string> {
  const deadline = host.now().getTime() + SERVING_WITHIN_MS;
  for (;;) {
    const answer = await ping(host);
    const last = answer.kind === "answer" ? String(answer.status) : answer.kind;
    if (last === "200" || host.now().getTime() >= deadline) return last;
    if (last === "refused" && (await unitState(host)).state === "failed") return "the service has failed";
    await host.sleep(PING_EVERY_MS);
  }
}

/** What systemd says of the unit, read from `systemctl show`. */
export interface UnitState {
  state: "active" | "activating" | "inactive" | "failed" | "unknown";
  since: Date | null;
}

const STATES = ["active", "activating", "inactive", "failed"] as const;

export async function unitState(host: Host): Promise<UnitState> {
  const { exitCode, stdout } = await run(host, LINES.unitState, SHOW);
  if (exitCode !== 0) return { state: "unknown", since: null };
  const properties = new Map(stdout.split("\n").map((line): [string, string] => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
  const state = STATES.find((known) => known === properties.get("ActiveState")) ?? "unknown";
  return { state, since: timestamp(properties.get("ActiveEnterTimestamp")) };
}

/** systemd prints `Mon 2026-01-05 09:00:00 UTC`; children run in UTC. */
function timestamp(text: string | undefined): Date | null {
  const found = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC/.exec(text ?? "");
  return found ? new Date(`${found[1]}T${found[2]}Z`) : null;
}
