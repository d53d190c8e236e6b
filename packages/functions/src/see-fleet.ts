import { before } from "@steward/core/apply/duration";
import { InvalidEvent, Retryable } from "@steward/core/errors";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { findNode } from "@steward/core/fleet/standing";
import { triage } from "@steward/core/health/triage";
import type { RunRecord } from "@steward/core/incidents/run-record";
import type { Hint } from "@steward/core/triggers/trigger";
import type { Runtime } from "./runtime.ts";

/** All facts; nodes are asked for their own report only when something looks wrong. Half a view is no view: it is retried. */
export async function seeFleet(runtime: Runtime, hint: Hint): Promise<FleetFacts> {
  const { observer } = runtime.world;
  const builds = hint.kind === "sweep" || hint.kind === "image";
  const seen = await observer.facts({ probe: "front", builds });
  refuseHalfAView(seen);
  refuseStranger(seen, hint);
  const facts = triage(seen, runtime.policy).length > 0 ? await observer.facts({ probe: "everybody", builds }) : seen;
  refuseHalfAView(facts);
  return await withoutDeadRuns(runtime, facts);
}

/** All facts but the nodes' own reports, drills among them: nothing is decided here by what a node says of itself. */
export async function seeRecords(runtime: Runtime<"ledger" | "observer" | "runs">): Promise<FleetFacts> {
  const facts = await runtime.world.observer.facts({ probe: "nobody", builds: false, drill: true });
  refuseHalfAView(facts);
  return await withoutDeadRuns(runtime, facts);
}

/** What could not be read, in words; undefined where everything could. */
export const halfAView = ({ unread }: FleetFacts): string | undefined =>
  unread.length > 0 ? `I can't see enough: ${unread.map(({ what, because }) => `${what} (${because})`).join("; ")}` : undefined;

function refuseHalfAView(facts: FleetFacts): void {
  const unseen = halfAView(facts);
  if (unseen) throw new Retryable(unseen);
}

/**
 * An event of our group about an instance that the group never had is somebody's mistake, or worse. Of AWS's own word on health it
 * is neither: no rule can know the fleet's instances, so it comes about everybody's in the account.
 */
function refuseStranger(facts: FleetFacts, hint: Hint): void {
  if (hint.kind !== "instance" || isKnown(facts, hint.instanceId)) return;
  throw new InvalidEvent(
    `instance ${hint.instanceId} is another fleet's, or long gone; this fleet has ${facts.nodes.map((node) => node.instanceId).join(", ") || "no nodes"}`,
  );
}

/** A run whose execution nobody noted can't be asked after: it has an hour, longer than any step's deadline. */
const namelessStatus = ({ startedAt }: RunRecord, at: Date): "running" | "unknown" => (startedAt < before(at, { hours: 1 }) ? "unknown" : "running");

/** There now, or on the record: an event may come again long after its node has gone. */
const isKnown = (facts: FleetFacts, instanceId: string): boolean =>
  findNode(facts, instanceId) !== undefined ||
  facts.lineage[instanceId] !== undefined ||
  [...facts.attempts.map(({ resource }) => resource), ...facts.runs.map(({ subject }) => subject)].some((on) => on.endsWith(instanceId));

/** Runs that died without a word are ended on the record, and the leases that they left are freed. */
async function withoutDeadRuns({ world }: Pick<Runtime<"ledger" | "runs">, "world">, facts: FleetFacts): Promise<FleetFacts> {
  const quiet = facts.runs.filter((run) => run.endedAt === null && run.startedAt < before(facts.at, { minutes: 2 }));
  const states = await Promise.all(
    quiet.map(async (run) => ({ run, status: run.execution ? await world.runs.status(run.execution) : namelessStatus(run, facts.at) })),
  );
  const dead = new Set(states.filter(({ status }) => status !== "running").map(({ run }) => run));
  const over = new Set(facts.runs.filter((run) => run.endedAt !== null || dead.has(run)).map((run) => run.execution));
  const leases = facts.leases.filter((lease) => lease.expiresAt > facts.at && over.has(lease.execution));
  for (const lease of leases) await world.ledger.release(lease);
  for (const run of dead) await world.ledger.runEnded({ ...run, endedAt: facts.at, outcome: "died" });
  const ended = (run: FleetFacts["runs"][number]) => (dead.has(run) ? { ...run, endedAt: facts.at, outcome: "died" } : run);
  return { ...facts, runs: facts.runs.map(ended), leases: facts.leases.filter((lease) => !leases.includes(lease)) };
}
