import { readConfig, serviceUrl } from "./addresses.ts";
import type { Outcome } from "./command.ts";
import type { Host, HttpResult } from "./host.ts";
import { PATHS } from "./paths.ts";
import { LINES, run } from "./programs.ts";

const PING_TIMEOUT_MS = 3_000;
const LOOK_EVERY_MS = 1_000;
/** As long as Posit itself gives a start: 30 looks, 10 s apart. Source: rstudio/helm, charts/rstudio-pm, values.yaml, `startupProbe`. */
const START = { seconds: 300 };
/** What has served on this node before has nothing to migrate, and users wait: the next cure must not come late. */
const RESTART = { seconds: 60 };
/** systemd itself kills a service that does not stop, after 90 s; this only bounds our patience with it. Source: systemd-system.conf(5), "DefaultTimeoutStopSec". */
const SYSTEMCTL = { ms: 100_000 };
const SHOW = { ms: 5_000 };

/** Asks Package Manager's own liveness endpoint once. */
export async function ping(host: Host): Promise<HttpResult> {
  return host.get(serviceUrl(await readConfig(host), "/__ping__"), PING_TIMEOUT_MS);
}

/** `systemctl start|restart`, then waits until systemd has done it and `/__ping__` answers 200, or says what is in the way. */
export async function bringUp(host: Host, verb: "start" | "restart", within = START): Promise<Outcome> {
  const before = await unitState(host);
  const { exitCode } = await run(host, LINES[verb], SYSTEMCTL);
  if (exitCode === 127) return { outcome: "failed", because: "systemctl is not on this node" };
  const ended = exitCode === 0 ? "" : `systemctl ${verb} ended with exit code ${exitCode}, and `;
  const deadline = after(host, within);
  const unit = await withoutJob(host, deadline);
  const because = notBegun(unit, within, verb === "restart" ? before : undefined);
  if (because !== undefined) return { outcome: "failed", because: `${ended}${because}` };
  await host.removeFile(PATHS.pendingRestart);
  return untilServing(host, { before: ended, within, deadline });
}

/** A restart and nothing else, of a service whose files are as they were. */
export const restartService = (host: Host): Promise<Outcome> => bringUp(host, "restart", RESTART);

const after = (host: Host, { seconds }: { seconds: number }): number => host.now().getTime() + seconds * 1_000;

/** What systemd says when it has done what it was asked for, or when the time is over. */
async function withoutJob(host: Host, deadline: number): Promise<UnitState> {
  for (;;) {
    const unit = await unitState(host);
    if (!unit.hasJob || host.now().getTime() >= deadline) return unit;
    await host.sleep(LOOK_EVERY_MS);
  }
}

/** A service that was restarted is another run of its unit, whatever systemctl said. Source: systemd.exec(5), "INVOCATION_ID". */
function notBegun(
  { hasJob, state, invocation, conditionsMet }: UnitState,
  { seconds }: { seconds: number },
  before: UnitState | undefined,
): string | undefined {
  if (hasJob) return `systemd had not done it within ${seconds} s`;
  if (state === "inactive" && conditionsMet === false) return "systemd did not start the service: a condition of its unit is not met";
  if (before === undefined) return undefined;
  if (before.invocation === undefined || invocation === undefined) return "systemd does not say whether the service was restarted";
  if (invocation === before.invocation) return "the service was not restarted";
  return undefined;
}

interface Patience {
  /** Beginning of the sentence that a failure is told in. */
  before?: string;
  within: { seconds: number };
  deadline?: number;
}

/** Waits, within bounds, until `/__ping__` answers 200. */
export async function untilServing(host: Host, { before = "", within, deadline = after(host, within) }: Patience): Promise<Outcome> {
  const last = await firstGoodPing(host, deadline);
  if (last === "200") return { outcome: "done" };
  const because = ENDED.has(last) ? `${last} before /__ping__ answered 200` : `/__ping__ did not answer 200 within ${within.seconds} s: ${last}`;
  return { outcome: "failed", because: `${before}${because}` };
}

/** A service that has ended is waited for no longer. */
const ENDED = new Set(["the service has failed", "the service does not run"]);

async function firstGoodPing(host: Host, deadline: number): Promise<string> {
  for (;;) {
    const answer = await ping(host);
    const last = answer.kind === "answer" ? String(answer.status) : answer.kind;
    if (last === "200" || host.now().getTime() >= deadline) return last;
    if (last === "refused") {
      const { state } = await unitState(host);
      if (state === "failed") return "the service has failed";
      if (state === "inactive") return "the service does not run";
    }
    await host.sleep(LOOK_EVERY_MS);
  }
}

/** What systemd says of the unit, read from `systemctl show`. */
export interface UnitState {
  state: "active" | "activating" | "inactive" | "failed" | "unknown";
  since: Date | null;
  /** Another one for every start; empty for a unit that was never started, undefined where systemd did not say. */
  invocation: string | undefined;
  /** Something that systemd was asked for and has not done yet. */
  hasJob: boolean;
  /** Whether the unit's conditions held when they were last looked at. */
  conditionsMet: boolean | undefined;
}

const STATES = ["active", "activating", "inactive", "failed"] as const;

export async function unitState(host: Host): Promise<UnitState> {
  const { exitCode, stdout } = await run(host, LINES.unitState, SHOW);
  if (exitCode !== 0) return { state: "unknown", since: null, invocation: undefined, hasJob: false, conditionsMet: undefined };
  const properties = propertiesIn(stdout);
  const condition = properties.get("ConditionResult");
  return {
    state: STATES.find((known) => known === properties.get("ActiveState")) ?? "unknown",
    since: timestamp(properties.get("ActiveEnterTimestamp")),
    invocation: properties.get("InvocationID"),
    hasJob: !["", "0"].includes(properties.get("Job") ?? ""),
    conditionsMet: condition === undefined ? undefined : condition === "yes",
  };
}

/** What `systemctl show` prints: one `Name=value` a line. */
export const propertiesIn = (shown: string): Map<string, string> =>
  new Map(shown.split("\n").map((line): [string, string] => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));

/** systemd prints `Mon 2026-01-05 09:00:00 UTC`; children run in UTC. */
export function timestamp(text: string | undefined): Date | null {
  const found = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC/.exec(text ?? "");
  return found ? new Date(`${found[1]}T${found[2]}Z`) : null;
}
