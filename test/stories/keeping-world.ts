import { byHand } from "@steward/cli/scenarios/server";
import { Stage } from "@steward/cli/simulation/stage";
import { before } from "@steward/core/apply/duration";
import { MARK, tagsOf } from "@steward/core/retention/marks";
import type { RunbookId } from "@steward/core/runbooks/runbook";
import type { SnapshotPolicy } from "@steward/core/settings/schema";
import type { CallFault } from "@steward/simulator/account/account";
import { ACCOUNT_ID } from "@steward/simulator/account/account";
import { dataVolumeOf } from "@steward/simulator/invariants/data-volume";
import type { Snapshot } from "@steward/simulator/services/ec2/snapshot";
import { singleSettings } from "../settings.ts";

type Different = Partial<Omit<SnapshotPolicy, "pruning">> & { pruning?: Partial<SnapshotPolicy["pruning"]> };

/** A server with one good snapshot and no drills; of the hours the last is kept unless told otherwise, and any number may go at once. */
export async function openKeeping(seed: number, { pruning, ...different }: Different = {}): Promise<Stage> {
  const schedules: SnapshotPolicy["schedules"] = [{ id: "hourly", everyHours: 1, keep: { count: 1 } }];
  const kept = { schedules, floor: 1, pruning: { atMost: 1000, atMostPercent: 100, ...pruning }, proof: { everyDays: null }, ...different };
  const settings = singleSettings({ snapshots: kept });
  const stage = await Stage.open(seed, { topology: "single", settings });
  await stage.waitFor(() => stage.snapshots.some(({ state }) => state === "completed") && stage.nothingRuns, { minutes: 10 });
  return stage;
}

export const volumeOf = ({ world, deployed }: Stage): string => dataVolumeOf(world, deployed)?.id ?? "";

/** As many that were made day by day, the newest yesterday, all of them due; oldest first. */
export function putOld(stage: Stage, count: number, but: Partial<Snapshot> & { volumeId?: string } = {}): Snapshot[] {
  const { snapshots } = stage.world.ec2;
  return Array.from({ length: count }, (_, index) => {
    const slot = before(new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000), { days: count - index });
    const volumeId = but.volumeId ?? volumeOf(stage);
    const order = {
      slot,
      schedules: ["hourly"],
      volumeId,
      instanceId: null,
      dueAt: new Date(slot.getTime() + 7_200_000),
      unfrozen: "take",
      policy: "p",
    } as const;
    const tags = { ...tagsOf("demo", { ...order, schedules: ["hourly"] }), [MARK.consistency]: "crash" };
    const made = { startedAt: slot, takesMs: 60_000, completedAt: slot, state: "completed", visibleFrom: 0, appConsistent: false } as const;
    const disk = { volumeId, sizeGib: 500, encrypted: true, description: "", ownerId: ACCOUNT_ID };
    return snapshots.add({ ...disk, ...made, id: snapshots.newId(), number: (index + 1) / (count + 1), tags, ...but });
  });
}

/** A person asks for a runbook, and it comes to its end; answers how. */
export async function ask(stage: Stage, runbook: RunbookId, input: Record<string, unknown>, id: string): Promise<string | null | undefined> {
  const request = { mode: "run", runbook, input, reason: "a story", id };
  await byHand(stage, (operator) => operator("lambda", "Invoke", { FunctionName: "steward-demo-runbook", Payload: Buffer.from(JSON.stringify(request)) }));
  const run = () => stage.chronicle.runs.find(({ subject }) => subject === `request-${id}`);
  await stage.waitFor(() => run()?.endedAt != null, { minutes: 30 });
  return run()?.outcome;
}

/** Something happens in the middle of a call; it may throw what the caller is then told. */
export function during(stage: Stage, fault: CallFault): () => void {
  stage.world.account.faults.add(fault);
  return () => void stage.world.account.faults.delete(fault);
}

/** How often Steward called this. */
export const calls = (stage: Stage, operation: string): number =>
  stage.world.account.record.filter((call) => call.operation === operation && call.functionName !== undefined).length;

/** Messages that ask a human to act, without the stage. */
export const pages = ({ announcements }: Stage): string[] =>
  announcements.map(({ subject = "" }) => subject.replace("[demo] ", "")).filter((subject) => subject.startsWith("Steward needs you"));

export const open = ({ chronicle }: Stage): string[] => chronicle.incidents.filter(({ state }) => state !== "resolved").map(({ kind }) => kind);

/** The sets of a slot as people would see them, and whether what they are called is true. */
export const setsOf = ({ snapshots }: Stage, slot: Date | undefined) =>
  snapshots
    .filter(({ tags, state }) => tags[MARK.slot] === slot?.toISOString() && state !== "error")
    .map(({ tags, appConsistent }) => ({ consistency: tags[MARK.consistency], isTrue: appConsistent || tags[MARK.consistency] === "crash" }));

/** What no story may leave behind. */
export function leftBehind(stage: Stage) {
  const held = stage.world.dynamodb.items(stage.deployed.topology.table.name).filter(({ pk, execution }) => pk?.S === "LEASE" && execution?.S !== undefined);
  return {
    frozen: stage.freezes.filter(({ to }) => to === null),
    leases: held.map(({ sk }) => sk?.S),
    violated: stage.invariants.violations.map(({ invariant, what }) => `${invariant}: ${what}`),
  };
}
export const NOTHING_LEFT = { frozen: [], leases: [], violated: [] };
