import { IMAGE_MARK, type ImageFacts, type OwnImage } from "@steward/core/image/image-facts";
import { type ImageLine, planImages } from "@steward/core/image/retention";
import fc from "fast-check";
import { expect, test } from "vitest";
import { deepFreeze } from "../deep-freeze.ts";
import { ago, applied, GOLDEN, hence, type ImagePolicy, image, NOW, record } from "./images.ts";

const IDS = ["ami-a", "ami-b", "ami-c", "ami-d", "ami-e", "ami-f", "ami-g", "ami-h"];
const past = fc.constantFrom(0, 1, 2, 5, 24, 25, 200, 719, 720, 721, 2_000).map((hours) => ago({ hours }));
const mark: fc.Arbitrary<Record<string, string>> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Record<string, string>>({}) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Record<string, string>>(
      { "steward:hold": "" },
      { "steward:hold-until": "2026-06-01" },
      { "steward:hold-until": "2027-01-01" },
      { "steward:hold-until": "?" },
      { [IMAGE_MARK.stage]: "other" },
    ),
  },
  { weight: 2, arbitrary: past.map((at) => ({ [IMAGE_MARK.disabledAt]: at.toISOString() })) },
);
const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);

const anyImage = (imageId: string): fc.Arbitrary<OwnImage> =>
  fc.record({
    imageId: fc.constant(imageId),
    name: fc.constant(imageId),
    createdAt: past,
    state: fc.constantFrom("available", "available", "available", "disabled", "disabled", "pending", "failed", "error", "deregistered"),
    snapshotIds: fc.constant([`snap-${imageId}`]),
    tags: mark.map((tags) => ({ ...GOLDEN, ...tags })),
    shared: rarely,
    protected: rarely,
    lastLaunchedAt: fc.option(past),
  });

const anySnapshot = (imageId: string): fc.Arbitrary<ImageFacts["snapshots"][number]> =>
  fc.record({
    id: fc.constant(`snap-${imageId}`),
    state: fc.constant("completed" as const),
    startedAt: past,
    lock: fc.option(fc.record({ mode: fc.constant("governance"), until: fc.option(fc.constantFrom(ago({ days: 1 }), hence({ days: 9 }))) })),
    tags: mark.map((tags) => ({ ...GOLDEN, ...tags })),
  });

const anyFacts: fc.Arbitrary<ImageFacts> = fc
  .record({
    stage: fc.constant("demo"),
    at: fc.constant(NOW),
    images: fc.subarray(IDS).chain((ids) => fc.tuple(...ids.map(anyImage))),
    ledger: fc
      .uniqueArray(fc.tuple(fc.constantFrom(...IDS), fc.constantFrom("candidate" as const, "proven" as const, "proven" as const, "bad" as const)), {
        selector: ([id]) => id,
      })
      .map((all) => all.map(([id, standing]) => record(id, standing))),
    instances: fc.subarray(IDS, { maxLength: 2 }).map((ids) => ids.map((imageId) => ({ instanceId: `i-${imageId}`, imageId }))),
    templates: fc.subarray(IDS, { maxLength: 2 }).map((ids) => ids.map((imageId, version) => ({ name: "steward-demo-node", version, imageId }))),
    building: fc.subarray(IDS, { maxLength: 1 }),
    snapshots: fc.subarray(IDS, { maxLength: 2 }).chain((ids) => fc.tuple(...ids.map(anySnapshot))),
    users: fc.constant<ImageFacts["users"]>([]),
  })
  .map(deepFreeze);

const anyPolicy: fc.Arbitrary<ImagePolicy> = fc.record({
  keep: fc.integer({ min: 1, max: 5 }),
  days: fc.constantFrom(0, 1, 8, 30, 60),
  disableFirst: fc.boolean(),
});

const HARM = { keep: 0, disable: 1, deregister: 2 };
const verdicts = (lines: readonly ImageLine[]) => new Map(lines.map(({ imageId, verdict }) => [imageId, verdict]));
const isGood = ({ imageId, state, tags }: OwnImage, { ledger }: ImageFacts): boolean =>
  state === "available" && tags[IMAGE_MARK.stage] === "demo" && ledger.some((one) => one.imageId === imageId && one.standing !== "bad");

/** For any facts and settings. */
const always = (claim: (facts: ImageFacts, policy: ImagePolicy, lines: ImageLine[]) => void) =>
  fc.assert(
    fc.property(anyFacts, anyPolicy, (facts, policy) => claim(facts, policy, planImages(facts, policy, NOW))),
    { numRuns: 500 },
  );

test("every image has one line, newest first", () => {
  always(({ images }, _, lines) => {
    expect(lines.map(({ imageId }) => imageId).toSorted()).toEqual(images.map(({ imageId }) => imageId).toSorted());
    expect(lines.map(({ at }) => at.getTime())).toEqual(lines.map(({ at }) => at.getTime()).toSorted((a, b) => b - a));
  });
});

test("the order in which EC2 and the ledger tell things changes nothing", () => {
  always((facts, policy, lines) => {
    const reversed = Object.fromEntries(Object.entries(facts).map(([key, value]) => [key, Array.isArray(value) ? value.toReversed() : value]));
    expect(planImages(reversed as ImageFacts, policy, NOW)).toEqual(lines);
  });
});

test("the last proven image never goes", () => {
  always((facts, _, lines) => {
    const proven = lines.find(({ imageId }) => {
      const one = facts.images.find((other) => other.imageId === imageId);
      return one && isGood(one, facts) && facts.ledger.some((known) => known.imageId === imageId && known.standing === "proven");
    });
    expect(proven?.verdict ?? "keep").toBe("keep");
  });
});

test("nothing goes that is in use, named by a template, held, shared, protected, still made or not ours", () => {
  always(({ images, instances, templates, building }, _, lines) => {
    const wanted = new Set([...instances, ...templates].map(({ imageId }) => imageId).concat(building));
    for (const { imageId, state, shared, protected: guarded, tags } of images) {
      const kept = wanted.has(imageId) || shared || guarded || state === "pending" || tags[IMAGE_MARK.stage] !== "demo" || tags["steward:hold"] !== undefined;
      if (kept) expect(verdicts(lines).get(imageId)).toBe("keep");
    }
  });
});

test.each(["proven", "candidate"] as const)("never fewer %s images stay than the settings say, as long as there are so many", (standing) => {
  always((facts, { keep }, lines) => {
    const known = new Map(facts.ledger.map((one) => [one.imageId, one.standing]));
    const good = facts.images.filter((one) => isGood(one, facts) && known.get(one.imageId) === standing);
    const stay = good.filter(({ imageId }) => verdicts(lines).get(imageId) === "keep");
    expect(stay.length).toBeGreaterThanOrEqual(Math.min(keep, good.length));
  });
});

test("candidates, however many, change no verdict on an image that has served", () => {
  fc.assert(
    fc.property(anyFacts, anyPolicy, fc.array(past, { maxLength: 6 }), (facts, policy, more) => {
      const served = new Set(facts.ledger.flatMap(({ imageId, standing }) => (standing === "proven" ? [imageId] : [])));
      const candidates = more.map((createdAt, index) => image({ imageId: `ami-new-${index}`, createdAt, lastLaunchedAt: null }));
      const ledger = [...facts.ledger, ...candidates.map(({ imageId }) => record(imageId, "candidate"))];
      const crowded = planImages({ ...facts, ledger, images: [...facts.images, ...candidates] }, policy, NOW);
      const ofServed = (lines: ImageLine[]) => lines.filter(({ imageId }) => served.has(imageId));
      expect(ofServed(crowded)).toEqual(ofServed(planImages(facts, policy, NOW)));
    }),
    { numRuns: 500 },
  );
});

test("as long as any image of the stage was launched and is not known to be bad, one of those stays", () => {
  always((facts, _, lines) => {
    const bad = new Set(facts.ledger.flatMap(({ imageId, standing }) => (standing === "bad" ? [imageId] : [])));
    const launched = facts.images.filter(
      (one) => one.state === "available" && one.tags[IMAGE_MARK.stage] === "demo" && one.lastLaunchedAt && !bad.has(one.imageId),
    );
    if (launched.length > 0) expect(lines.some(({ imageId, verdict }) => verdict === "keep" && !bad.has(imageId))).toBe(true);
  });
});

test("nothing goes whose snapshots somebody holds, or EC2 has locked", () => {
  always(({ images, snapshots }, _, lines) => {
    const wanted = new Set(
      snapshots.filter(({ lock, tags }) => (lock && (!lock.until || lock.until > NOW)) || tags["steward:hold"] !== undefined).map(({ id }) => id),
    );
    for (const { imageId, snapshotIds } of images) if (snapshotIds.some((id) => wanted.has(id))) expect(verdicts(lines).get(imageId)).toBe("keep");
  });
});

test("who keeps more loses nothing that was kept", () => {
  fc.assert(
    fc.property(anyFacts, anyPolicy, fc.nat(3), fc.nat(40), fc.boolean(), (facts, policy, keep, days, disableFirst) => {
      const less = verdicts(planImages(facts, policy, NOW));
      const wider = { keep: policy.keep + keep, days: policy.days + days, disableFirst: policy.disableFirst || disableFirst };
      for (const { imageId, verdict } of planImages(facts, wider, NOW)) expect(HARM[verdict]).toBeLessThanOrEqual(HARM[less.get(imageId) ?? "keep"]);
    }),
    { numRuns: 500 },
  );
});

test("an image that is foreign, not there yet, failed, disabled or bad changes nobody else's verdict", () => {
  const odd: Partial<OwnImage>[] = [{ tags: { [IMAGE_MARK.stage]: "other" } }, { state: "pending" }, { state: "failed" }, { state: "disabled" }, {}];
  fc.assert(
    fc.property(anyFacts, anyPolicy, fc.constantFrom(...odd), past, (facts, policy, but, createdAt) => {
      const other = image({ ...but, imageId: "ami-other", createdAt });
      const more = {
        ...facts,
        images: [...facts.images, other],
        ledger: [...facts.ledger, record("ami-other", Object.keys(but).length > 0 ? "proven" : "bad")],
      };
      const lines = planImages(more, policy, NOW).filter(({ imageId }) => imageId !== "ami-other");
      expect(lines).toEqual(planImages(facts, policy, NOW));
    }),
    { numRuns: 500 },
  );
});

test("who does what the plan says has nothing left to do", () => {
  always((facts, policy, lines) => {
    const rest = planImages(applied(facts, lines, NOW), policy, NOW);
    expect(rest.filter(({ verdict }) => verdict !== "keep")).toEqual([]);
    const later = planImages(applied(facts, lines, NOW), policy, hence({ hours: 23 })).filter(({ imageId }) => verdicts(lines).get(imageId) === "disable");
    expect(later.filter(({ verdict }) => verdict !== "keep")).toEqual([]);
  });
});

test("no image goes before its line said that it would", () => {
  fc.assert(
    fc.property(anyFacts, anyPolicy, fc.nat(1_000), (facts, policy, hours) => {
      const later = hence({ hours });
      const dueLater = verdicts(planImages(facts, policy, later));
      for (const { imageId, verdict, dueAt } of planImages(facts, policy, NOW)) {
        const said = verdict !== "keep" || (dueAt !== null && dueAt <= later);
        expect(dueLater.get(imageId) !== "keep").toBe(said);
      }
    }),
    { numRuns: 500 },
  );
});
