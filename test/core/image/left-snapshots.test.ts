import { IMAGE_MARK, type ImageFacts } from "@steward/core/image/image-facts";
import { type LeftLine, planLeft } from "@steward/core/image/left-snapshots";
import { imagesReportOf } from "@steward/core/image/report";
import { describe, expect, test } from "vitest";
import { ago, facts, hence, image, NOW, policy, SERVING, snapshot } from "./images.ts";

const LEFT = "snap-of-former";
type One = Parameters<typeof snapshot>[0];
const marked = (at: Date) => ({ [IMAGE_MARK.leftAt]: at.toISOString() });
const seen = (but: One = {}, more: Partial<ImageFacts> = {}): ImageFacts => facts(image(), { snapshots: [snapshot({ id: LEFT, ...but })], ...more });
const fate = (but: One = {}, more: Partial<ImageFacts> = {}): LeftLine | undefined => planLeft(seen(but, more), NOW)[0];

describe("a snapshot whose image is gone", () => {
  test("is marked first", () => {
    const because = "its image is gone, and nobody has noted since when";
    expect(fate()).toEqual({ snapshotId: LEFT, at: ago({ days: 120 }), verdict: "mark", rule: "unmarked", because, dueAt: NOW });
    expect(fate({ tags: { [IMAGE_MARK.leftAt]: "lately" } })).toMatchObject({ verdict: "mark" });
  });

  test("stays for a day, so that somebody may miss it", () => {
    const since = ago({ hours: 23 });
    const because = `no image has rested on it since ${since.toISOString()}; it stays for a day, so that somebody may miss it`;
    expect(fate({ tags: marked(since) })).toMatchObject({ verdict: "keep", rule: "left", because, dueAt: hence({ hours: 1 }) });
  });

  test("goes after that day", () => {
    expect(fate({ tags: marked(ago({ days: 1 })) })).toMatchObject({ verdict: "delete", rule: "due", because: "its image is gone, and nothing keeps it" });
  });

  const kept: [string, { one?: One; more?: Partial<ImageFacts> }, Partial<LeftLine>][] = [
    ["while EC2 makes it", { one: { state: "pending" } }, { rule: "pending", because: "it is still being made" }],
    ["while the Recycle Bin has it", { one: { state: "recoverable" } }, { rule: "binned", because: "it was deleted, and the Recycle Bin has it" }],
    ["while it comes out of the Recycle Bin", { one: { state: "recovering" } }, { rule: "binned" }],
    [
      "for an image that is not the stage's",
      { more: { users: [{ who: "ami-other", snapshotIds: [LEFT] }] } },
      { rule: "in-use", because: "ami-other needs it" },
    ],
    [
      "for all that need it, of which one is named",
      { more: { users: ["ami-other", "ami-another", "ami-third"].map((who) => ({ who, snapshotIds: who === "ami-third" ? ["snap-1"] : [LEFT] })) } },
      { rule: "in-use", because: "ami-another needs it, and 1 more" },
    ],
    ["while EC2 has it locked", { one: { lock: { mode: "compliance", until: null } } }, { rule: "locked", because: "it is locked in EC2 (compliance)" }],
    ["while somebody holds it", { one: { tags: { "steward:hold": "" } } }, { rule: "held", because: "it has the tag steward:hold" }],
  ];
  test.each(kept)("stays %s, and nobody can say until when", (_, { one, more }, line) => {
    expect(fate({ ...one, tags: { ...marked(ago({ days: 9 })), ...one?.tags } }, more)).toMatchObject({ verdict: "keep", dueAt: null, ...line });
  });

  test("is not touched on its first day: its image may not be shown yet", () => {
    expect(fate({ startedAt: ago({ hours: 20 }) })).toMatchObject({ verdict: "keep", rule: "young", dueAt: hence({ hours: 4 }) });
  });
});

test("one on which an image of the stage rests, in whatever state, is no such", () => {
  const of = (state: "available" | "disabled" | "failed") => planLeft(seen({}, { images: [image({ state, snapshotIds: [LEFT] })] }), NOW);
  expect([of("available"), of("disabled"), of("failed")]).toEqual([[], [], []]);
  expect(planLeft(seen({}, { images: [image({ state: "deregistered", snapshotIds: [LEFT] })] }), NOW)).toHaveLength(1);
});

test("one that lacks the pipeline's tags, or is another stage's, is nobody's to judge", () => {
  const foreign = { ...snapshot({ id: LEFT }), tags: { [IMAGE_MARK.stage]: "demo" } };
  expect(planLeft(facts(image(), { snapshots: [foreign] }), NOW)).toEqual([]);
  expect(fate({ tags: { [IMAGE_MARK.stage]: "other" } })).toBeUndefined();
});

test("they come newest first, and of one moment by their ids", () => {
  const snapshots = [
    snapshot({ id: "snap-b" }),
    snapshot({ id: "snap-old", startedAt: ago({ days: 200 }) }),
    snapshot({ id: "snap-a" }),
    snapshot({ id: "snap-new", startedAt: ago({ days: 3 }) }),
  ];
  for (const given of [snapshots, snapshots.toReversed()])
    expect(planLeft(facts(image(), { images: [SERVING], snapshots: given }), NOW).map(({ snapshotId }) => snapshotId)).toEqual([
      "snap-new",
      "snap-a",
      "snap-b",
      "snap-old",
    ]);
});

test("the report has them beside the images", () => {
  const { leftSnapshots, lines, counts } = imagesReportOf(seen({ tags: marked(ago({ days: 2 })) }), policy(), NOW);
  expect(leftSnapshots).toMatchObject([{ snapshotId: LEFT, verdict: "delete" }]);
  expect([lines.length, counts]).toEqual([2, { keep: 1, disable: 0, deregister: 1 }]);
});
