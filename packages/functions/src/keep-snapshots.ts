import { MARK } from "@steward/core/retention/marks";
import { snapshotAge } from "@steward/core/snapshots/age";
import { surveySnapshots } from "@steward/core/snapshots/survey";
import { KEEPING } from "@steward/core/survey/duties";
import type { Hint } from "@steward/core/triggers/trigger";
import { beat } from "./beat.ts";
import { performAll } from "./perform.ts";
import { recognise } from "./recognise.ts";
import type { Runtime } from "./runtime.ts";
import { seeRecords } from "./see-fleet.ts";
import { handle } from "./stack.ts";

/** What `observe` has, and snapshots. */
type Keeping = Runtime<"bus" | "deadLetter" | "heartbeat" | "ledger" | "metrics" | "now" | "observer" | "runs" | "snapshots">;

/** Looks after snapshots: starts what is due, and says what did not come about. An event only makes it look earlier. */
export const keepSnapshots = (runtime: Keeping) =>
  handle(runtime, "keep-snapshots", async (event) => {
    const hint = recognise(event, "keep-snapshots", runtime);
    if (!(await concernsUs(runtime, hint))) {
      runtime.logger.info("somebody else's snapshots", { hint });
      return { hint, duties: [] };
    }
    const fleet = await seeRecords(runtime);
    const seen = await runtime.world.snapshots.facts(fleet.dataVolume?.id ?? null);
    const duties = surveySnapshots(fleet, seen, runtime.policy, fleet.at);
    runtime.logger.info("looked after snapshots", { hint, snapshots: seen.snapshots.length, duties: duties.map(({ duty }) => duty) });
    await performAll(runtime, fleet, duties);
    if (hint.kind === "keeping") await sayWhen(runtime, fleet.at, snapshotAge(seen, fleet.at));
    return { hint, duties: duties.map(({ duty }) => duty) };
  });

/** Events come about everybody's snapshots; one call tells whose they are. What EC2 does not show yet, the schedule sees. */
async function concernsUs({ world, stage }: Keeping, hint: Hint): Promise<boolean> {
  if (hint.kind !== "snapshots") return true;
  return (await world.snapshots.again(hint.snapshotIds)).some(({ tags }) => tags[MARK.stage] === stage);
}

/** Before there is a good one it has no age: that one is missing is an incident, and no metric. */
async function sayWhen(runtime: Keeping, at: Date, seconds: number | undefined): Promise<void> {
  if (seconds !== undefined) await runtime.world.metrics.publishSnapshotAge(seconds);
  await beat(runtime, KEEPING, at);
}
