import { after, milliseconds } from "@steward/core/apply/duration";
import { MARK } from "@steward/core/retention/marks";
import type { Consistency, SlotRecord } from "@steward/core/snapshots/slot-record";
import { slotOf } from "@steward/core/snapshots/slots";
import type { Stage } from "../simulation/stage.ts";
import { ends, goesWrong, isHandled, type Play } from "./scenario.ts";
import { byHand } from "./server.ts";

/** The dead man's timer has 30 s and systemd another one; the look that notes a freeze comes every second. */
const LONGEST_WAIT = { seconds: 30 };
const KEEPER = "steward-demo-keep-snapshots";

/** Snapshots for an afternoon, and what may go wrong with them. */
export const serverSnapshots: Play = async (stage) => {
  stage.act("Every hour", "the database comes to rest, the volume stands still for a moment, EC2 makes the set");
  const first = stage.snapshots[0]?.id ?? "";
  expectMade(stage, await nextSlot(stage), "application");
  stage.act("Somebody makes an image of the oldest", "it can't be deleted from now on");
  await byHand(stage, (operator) => operator("ec2", "RegisterImage", imageOf(first)));
  stage.act("Steward dies while the volume is frozen", "a timer on the server lets it go, and nobody calls that snapshot consistent");
  goesWrong(stage, "killed-frozen");
  expectMade(stage, await nextSlot(stage), "crash");
  stage.act("EC2 fails to finish one", "people hear of it, and the next one makes up for it");
  goesWrong(stage, "snapshot-fails");
  const failed = await nextSlot(stage);
  stage.expect("one incident tells of the snapshot that failed", stage.chronicle.incidents.map(({ kind }) => kind).join() === "snapshot-failed");
  stage.act("Every event comes five times, and late", "one set is made of it, and what is due is deleted");
  goesWrong(stage, "event-repeated", { functions: [KEEPER] });
  const last = await nextSlot(stage);
  expectMade(stage, last, "application");
  await stage.waitFor(() => stage.chronicle.prunings.length > 0, { minutes: 15 });
  await stage.waitFor(() => stage.chronicle.incidents.every(isHandled) && stage.announcements.length >= 2, { minutes: 30 });
  ends(stage, "event-repeated");
  expectKept(stage, { first, failed, last });
};

/** Until the next slot's snapshots have come to their end. */
async function nextSlot(stage: Stage): Promise<SlotRecord | undefined> {
  const slot = after(slotOf(1, new Date()), { hours: 1 });
  const found = () => stage.chronicle.slots.find((record) => record.slot.getTime() === slot.getTime());
  await stage.waitFor(() => found()?.state === "made", { minutes: 80 });
  await stage.run({ minutes: 5 });
  return found();
}

function expectMade(stage: Stage, record: SlotRecord | undefined, consistency: Consistency): void {
  const at = record?.slot.toISOString().slice(11, 16);
  const set = stage.snapshots.filter(({ id }) => record?.snapshotIds.includes(id));
  const ofSlot = stage.snapshots.filter(({ tags }) => tags[MARK.slot] === record?.slot.toISOString());
  stage.expect(`one set of ${at} was made, ${consistency}-consistent`, record?.consistency === consistency && set.length === 1 && ofSlot.length === 1);
}

function expectKept(stage: Stage, { first, failed, last }: { first: string; failed: SlotRecord | undefined; last: SlotRecord | undefined }): void {
  const { incidents, prunings, slots } = stage.chronicle;
  const ids = stage.snapshots.map(({ id }) => id);
  const [old] = slots.filter(({ snapshotIds }) => !snapshotIds.includes(first));
  stage.expect(
    "what was due is deleted, and nothing else",
    prunings.every(({ deleted, failures }) => deleted === 1 && failures === 0) && prunings.length === 1,
  );
  stage.expect("the oldest is left, because an image rests on it", ids.includes(first) && !ids.some((id) => old?.snapshotIds.includes(id)));
  stage.expect(
    "the failed one is left as evidence, beside the newest",
    [failed, last].every((record) => record?.snapshotIds.every((id) => ids.includes(id))),
  );
  stage.expect("nothing is left open, and people heard of the one that failed and of its end", incidents.every(isHandled) && stage.announcements.length === 2);
  stage.expect("nobody who writes waited for longer than half a minute", longestWaitMs(stage) <= milliseconds(LONGEST_WAIT));
  stage.expect("no request failed", stage.traffic.failed === 0);
}

/** The longest time for which the data volume stood still, in milliseconds. */
export const longestWaitMs = ({ freezes }: Stage): number => Math.max(0, ...freezes.map(({ from, to }) => (to ?? new Date()).getTime() - from.getTime()));

const imageOf = (SnapshotId: string) => ({
  Name: "kept-by-hand",
  RootDeviceName: "/dev/sda1",
  BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId } }],
});
