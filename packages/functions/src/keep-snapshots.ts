import { before } from "@steward/core/apply/duration";
import { REMEMBERED } from "@steward/core/copies/copy";
import { surveyCopies } from "@steward/core/copies/survey";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { looksAtImages, surveyImages } from "@steward/core/image/survey";
import { surveyDatabase } from "@steward/core/proof/database/survey";
import { standingOf } from "@steward/core/proof/new-drill";
import { provenAt } from "@steward/core/proof/survey";
import { MARK } from "@steward/core/retention/marks";
import type { SnapshotFacts } from "@steward/core/retention/snapshot";
import type { SnapshotPolicy } from "@steward/core/settings/schema";
import { snapshotAge } from "@steward/core/snapshots/age";
import { surveySnapshots } from "@steward/core/snapshots/survey";
import { KEEPING, PROVING } from "@steward/core/survey/duties";
import type { Duty } from "@steward/core/survey/survey";
import type { Hint } from "@steward/core/triggers/trigger";
import { beat } from "./beat.ts";
import { performAll } from "./perform.ts";
import { recognise } from "./recognise.ts";
import type { Runtime } from "./runtime.ts";
import { seeRecords } from "./see-fleet.ts";
import { handle } from "./stack.ts";

/** What `observe` has, and snapshots and images. */
type Keeping = Runtime<"bus" | "copies" | "deadLetter" | "heartbeat" | "ledger" | "metrics" | "now" | "observer" | "ownImages" | "runs" | "snapshots">;

/** Looks after snapshots and images: starts what is due, and says what did not come about. An event about snapshots only makes it look earlier. */
export const keepSnapshots = (runtime: Keeping) =>
  handle(runtime, "keep-snapshots", async (event) => {
    const hint = recognise(event, "keep-snapshots", runtime);
    if (!(await concernsUs(runtime, hint))) {
      runtime.logger.info("somebody else's snapshots", { hint });
      return { hint, duties: [] };
    }
    const fleet = await seeRecords(runtime);
    const snapshots = await ofSnapshots(runtime, fleet);
    const images = await ofImages(runtime, fleet, hint);
    const copies = await ofCopies(runtime, fleet, snapshots.facts);
    const duties = [...snapshots.duties, ...copies, ...surveyDatabase(fleet, runtime.policy, fleet.at), ...images.duties];
    runtime.logger.info("looked after what is kept", { hint, snapshots: snapshots.seen, images: images.seen, duties: duties.map(({ duty }) => duty) });
    await performAll(runtime, fleet, duties);
    if (hint.kind === "keeping") await sayWhen(runtime, fleet, snapshots);
    return { hint, duties: duties.map(({ duty }) => duty) };
  });

interface Kept {
  duties: Duty[];
  /** How many there are; null where nobody looked. */
  seen: number | null;
  /** Seconds since the newest good snapshot; undefined where there is none. */
  age: number | undefined;
  /** When a restore was last proven; undefined where none was. */
  provenAt: Date | undefined;
  /** Null where nobody looked. */
  facts: SnapshotFacts | null;
}

/** A pair has no volume to make any of. */
async function ofSnapshots({ world, policy }: Keeping, fleet: FleetFacts): Promise<Kept> {
  if (!policy.keeping.snapshots) return { duties: [], seen: null, age: undefined, provenAt: undefined, facts: null };
  await noteDrillsSince(world, fleet, policy.keeping.snapshots.proof);
  const seen = await world.snapshots.facts(fleet.dataVolume?.id ?? null);
  const known = { age: snapshotAge(seen, fleet.at), provenAt: provenAt(fleet.drill?.record ?? null, seen) };
  return { duties: surveySnapshots(fleet, seen, policy, fleet.at), seen: seen.snapshots.length, facts: seen, ...known };
}

/** Nobody can be late with a proof before drills are on: the first look that finds them on is where that time begins. */
async function noteDrillsSince({ ledger }: Keeping["world"], { drill, at }: FleetFacts, { everyDays }: SnapshotPolicy["proof"]): Promise<void> {
  if (!drill || (drill.since === null) === (everyDays === null)) return;
  await ledger.noteDrillsSince(everyDays === null ? null : at);
}

/** Another region that does not answer is no reason to leave this one alone: nothing is begun, opened or closed about copies then. */
async function ofCopies({ world, policy, logger }: Keeping, fleet: FleetFacts, seen: SnapshotFacts | null): Promise<Duty[]> {
  if (!world.copies || !seen) return surveyCopies(fleet, null, policy, fleet.at);
  try {
    const [there, records] = await Promise.all([world.copies.facts(null), world.ledger.copies(before(fleet.at, REMEMBERED))]);
    return surveyCopies(fleet, { seen, there, records }, policy, fleet.at);
  } catch (error) {
    logger.warn("the copies in the other region can't be looked at", { error: String((error as Error).message) });
    return [];
  }
}

/** Images change slowly: EC2 is asked once an hour at most, and not as long as no run would begin. */
async function ofImages({ world, policy }: Keeping, fleet: FleetFacts, hint: Hint): Promise<Pick<Kept, "duties" | "seen">> {
  const looks = hint.kind === "keeping" && looksAtImages(fleet, policy, fleet.at);
  const seen = looks ? await world.ownImages.facts() : null;
  return { duties: surveyImages(fleet, seen, policy, fleet.at), seen: seen?.images.length ?? null };
}

/** Events come about everybody's snapshots; one call tells whose they are. What EC2 does not show yet, the schedule sees. */
async function concernsUs({ world, stage }: Keeping, hint: Hint): Promise<boolean> {
  if (hint.kind !== "snapshots") return true;
  return (await world.snapshots.again(hint.snapshotIds)).some(({ tags }) => tags[MARK.stage] === stage);
}

/** Before there is a good one it has no age: that one is missing is an incident, and no metric. So with a restore that nobody has proven. */
async function sayWhen(
  runtime: Keeping,
  { at, drill, databaseDrill, dataVolume }: FleetFacts,
  { age, provenAt: proven }: Pick<Kept, "age" | "provenAt">,
): Promise<void> {
  const { metrics } = runtime.world;
  if (age !== undefined) await metrics.publishSnapshotAge(age);
  if (proven) await metrics.publishProofAge(Math.max(0, Math.round((at.getTime() - proven.getTime()) / 1_000)));
  const last = (drill ? standingOf(drill.record, dataVolume?.id ?? null) : databaseDrill?.record)?.provenAt;
  if (last) await runtime.world.heartbeat.beat(PROVING, last);
  await beat(runtime, KEEPING, at);
}
