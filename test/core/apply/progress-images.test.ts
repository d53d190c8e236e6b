import { progressOf } from "@steward/core/apply/progress";
import { IMAGE_MARK, type ImageFacts, type OwnImage } from "@steward/core/image/image-facts";
import type { Step } from "@steward/core/runbooks/steps";
import { describe, expect, test } from "vitest";
import { ago as before, healthyFleet, NOW, policy } from "../builders.ts";
import { facts, image, policy as keeping, record, SERVING, STALE, snapshot } from "../image/images.ts";
import { done, due, KEY, pending } from "./judge.ts";

const ofImage = { imageId: STALE, because: "" };
const steps: Record<"disable" | "deregister", Step> = {
  disable: { do: "disable-image", ...ofImage },
  deregister: { do: "deregister-image", ...ofImage, snapshotIds: [] },
};
const old = { createdAt: before({ days: 400 }), lastLaunchedAt: null };
const serving = { ...SERVING, createdAt: before({ days: 100 }), lastLaunchedAt: null };
const seen = (but: Partial<OwnImage> = {}, more: Partial<ImageFacts> = {}) =>
  facts(image({ ...old, ...but }), { at: NOW, images: [image({ ...old, ...but }), serving], ...more });

const judge = (what: keyof typeof steps, ownImages: ImageFacts | null, { applied = false, disableFirst = what === "disable" } = {}) =>
  progressOf(steps[what], healthyFleet({ ownImages }), {
    key: KEY,
    applied,
    policy: policy({ keeping: { snapshots: null, images: keeping({ disableFirst }) } }),
  });

test.each(["disable", "deregister"] as const)("to %s an image is due while the plan says so, and waited for once it was asked", (what) => {
  expect(judge(what, seen())).toEqual(due);
  expect(judge(what, seen(), { applied: true })).toEqual(pending(`EC2 still shows ${STALE} as it was`));
});

test.each(["disable", "deregister"] as const)(
  "to %s an image is over when it has gone, when EC2 says that it has, and when somebody wants it after all",
  (what) => {
    expect(judge(what, seen({}, { images: [serving], ledger: [record(serving.imageId)] }))).toEqual(done);
    expect(judge(what, seen({ state: "deregistered" }))).toEqual(done);
    expect(judge(what, seen({ tags: { "steward:hold": "" } }))).toEqual(done);
  },
);

test("to disable an image is over when that is noted, and not before", () => {
  expect(judge("disable", seen({ state: "disabled" }))).toEqual(due);
  expect(judge("disable", seen({ state: "disabled", tags: { "steward:disabled-at": NOW.toISOString() } }))).toEqual(done);
});

test("what the settings say now decides, not what they said when the run began", () => {
  expect(judge("deregister", seen(), { disableFirst: true })).toEqual(done);
  expect(judge("disable", seen(), { disableFirst: false })).toEqual(done);
});

describe("to clear what images have left", () => {
  const left = [snapshot({ id: "snap-a" }), snapshot({ id: "snap-b" }), snapshot({ id: "snap-c" })];
  const clear = (ownImages: ImageFacts | null, applied = false) =>
    progressOf({ do: "clear-left-snapshots", snapshotIds: ["snap-a", "snap-b"], because: "" }, healthyFleet({ ownImages }), {
      key: KEY,
      applied,
      policy: policy(),
    });
  const mark = { [IMAGE_MARK.leftAt]: NOW.toISOString() };

  test("is due while the plan asks for anything with them, and waited for once it was asked", () => {
    expect(clear(seen({}, { snapshots: left }))).toEqual(due);
    expect(clear(seen({}, { snapshots: left }), true)).toEqual(pending("EC2 still shows 2 of them as they were"));
  });

  test("is over when each is marked, gone, or wanted after all", () => {
    expect(clear(seen({}, { snapshots: [snapshot({ id: "snap-a", tags: mark }), snapshot({ id: "snap-c" })] }), true)).toEqual(done);
    expect(clear(seen({}, { snapshots: [snapshot({ id: "snap-a", tags: { "steward:hold": "" } })] }))).toEqual(done);
  });

  test("is judged by nothing that nobody has looked at", () => {
    expect(clear(null)).toEqual(pending("nobody has looked at the images"));
  });
});

test("nothing is judged by images that nobody has looked at", () => {
  expect(judge("deregister", null)).toEqual(pending("nobody has looked at the images"));
});
