import { IMAGE_MARK, ImageFacts, type OwnImage } from "@steward/core/image/image-facts";
import { IMAGE_RULES, type ImageLine, planImages } from "@steward/core/image/retention";
import { describe, expect, test } from "vitest";
import { ago, applied, facts, GOLDEN, hence, image, NOW, policy, record, SERVING, STALE, snapshot } from "./images.ts";

const FUTURE = "2026-06-11T00:00:00.000Z";

/** What becomes of one image beside the one that serves. */
function fate(but: Partial<OwnImage> = {}, seen: Partial<ImageFacts> = {}, wanted = policy()): ImageLine | undefined {
  const one = image(but);
  return planImages(facts(one, seen), wanted, NOW).find(({ imageId }) => imageId === one.imageId);
}

const instance = { instanceId: "i-0aaaaaaaaaaaaaaa1", imageId: STALE };
const template = { name: "steward-demo-node", version: 3, imageId: STALE };

test("an image that nothing keeps is deregistered, and takes its snapshots with it", () => {
  expect(fate()).toEqual({
    imageId: STALE,
    name: "steward-demo-node 2026-01-05",
    at: ago({ days: 120 }),
    verdict: "deregister",
    rule: "due",
    because: "nothing keeps it",
    dueAt: NOW,
    snapshotIds: [`snap-of-${STALE}`],
  });
});

describe("an image is kept", () => {
  const cases: [string, { one?: Partial<OwnImage>; seen?: Partial<ImageFacts> }, Partial<ImageLine>][] = [
    ["when it is another stage's", { one: { tags: { [IMAGE_MARK.stage]: "other" } } }, { rule: "not-ours" }],
    ["while EC2 still shows it after it went", { one: { state: "deregistered" } }, { rule: "gone" }],
    ["while EC2 makes it", { one: { state: "pending" } }, { rule: "pending" }],
    ["while EC2 changes it", { one: { state: "transient" } }, { rule: "pending" }],
    ["while Image Builder tests it", { seen: { building: [STALE] } }, { rule: "pending", because: "it is still being made" }],
    ["as long as an instance of it exists", { seen: { instances: [instance] } }, { rule: "in-use", because: `in use by ${instance.instanceId}` }],
    [
      "by all its instances, of which one is named",
      { seen: { instances: [instance, { ...instance, instanceId: "i-00000000000000000" }] } },
      { rule: "in-use", because: "in use by i-00000000000000000 and 1 more" },
    ],
    [
      "as long as somebody may launch it by a template",
      { seen: { templates: [template] } },
      { rule: "in-template", because: "named by version 3 of launch template steward-demo-node" },
    ],
    ["when others may launch it", { one: { shared: true } }, { rule: "shared" }],
    ["when somebody holds it", { one: { tags: { "steward:hold": "" } } }, { rule: "held", because: "it has the tag steward:hold" }],
    [
      "when somebody holds it until a date that is no date",
      { one: { tags: { "steward:hold-until": "next week" } } },
      { rule: "held", because: "it has the tag steward:hold-until=next week, which is no date" },
    ],
    ["when somebody protects it in EC2", { one: { protected: true } }, { rule: "protected" }],
    ["when somebody enabled it again", { one: { tags: { [IMAGE_MARK.disabledAt]: "2026-02-01T00:00:00.000Z" } } }, { rule: "enabled-again" }],
  ];
  test.each(cases)("%s, and nobody can say until when", (_, { one, seen }, line) => {
    expect(fate(one, seen)).toMatchObject({ verdict: "keep", dueAt: null, ...line });
  });

  test("when it is none of the pipeline's, though it has the stage's tag", () => {
    const ofNode = { ...image(), tags: { [IMAGE_MARK.stage]: "demo" } };
    expect(planImages(facts(ofNode), policy(), NOW).at(-1)).toMatchObject({ verdict: "keep", rule: "not-ours", dueAt: null });
  });

  const onSnapshot = (but: Parameters<typeof snapshot>[0]) => fate({}, { snapshots: [snapshot(but)] });

  test("when somebody holds a snapshot of it: nobody could delete that without", () => {
    const because = `its snapshot snap-of-${STALE} has the tag steward:hold`;
    expect(onSnapshot({ tags: { "steward:hold": "audit" } })).toMatchObject({ verdict: "keep", rule: "held", because, dueAt: null });
    expect(onSnapshot({ tags: { "steward:hold-until": FUTURE } })).toMatchObject({ rule: "held", dueAt: new Date(FUTURE) });
    expect(onSnapshot({ id: "snap-of-another", tags: { "steward:hold": "audit" } })).toMatchObject({ rule: "due" });
  });

  test("as long as EC2 has a snapshot of it locked, and for ever where the lock has no end", () => {
    const locked = (until: Date | null) => onSnapshot({ lock: { mode: "governance", until } });
    const because = `its snapshot snap-of-${STALE} is locked in EC2 (governance)`;
    expect(locked(new Date(FUTURE))).toMatchObject({ verdict: "keep", rule: "held", because, dueAt: new Date(FUTURE) });
    expect(locked(null)).toMatchObject({ rule: "held", dueAt: null });
    expect(locked(NOW)).toMatchObject({ rule: "due" });
  });

  test("by all that holds it, until the last of these lets go", () => {
    const seen = { snapshots: [snapshot({ lock: { mode: "compliance", until: new Date(FUTURE) } })] };
    expect(fate({ tags: { "steward:hold-until": "2026-06-05" } }, seen)).toMatchObject({ rule: "held", dueAt: new Date(FUTURE) });
  });

  test("until the day to which somebody holds it, and no longer", () => {
    const line = { verdict: "keep", rule: "held", because: `it has the tag steward:hold-until=${FUTURE}`, dueAt: new Date(FUTURE) };
    expect(fate({ tags: { "steward:hold-until": FUTURE } })).toMatchObject(line);
    expect(fate({ tags: { "steward:hold-until": NOW.toISOString() } })).toMatchObject({ rule: "due" });
  });

  test("for the days after its last launch, as EC2 tells it", () => {
    const lastLaunchedAt = ago({ days: 29 });
    const because = `last launched ${lastLaunchedAt.toISOString()}, within the last 30 days`;
    expect(fate({ lastLaunchedAt })).toMatchObject({ verdict: "keep", rule: "launched", because, dueAt: hence({ days: 1 }) });
    expect(fate({ lastLaunchedAt: ago({ days: 30 }) })).toMatchObject({ rule: "due" });
    expect(fate({ lastLaunchedAt: null })).toMatchObject({ rule: "due" });
    expect(fate({ lastLaunchedAt }, {}, policy({ days: 28 }))).toMatchObject({ rule: "due" });
  });

  test("on its first day", () => {
    const one = { createdAt: ago({ hours: 23 }), lastLaunchedAt: null };
    const bad = { ledger: [record(STALE, "bad")] };
    expect(fate(one, bad)).toMatchObject({ verdict: "keep", rule: "young", because: "it is not a day old yet", dueAt: hence({ hours: 1 }) });
    expect(fate({ ...one, createdAt: ago({ days: 1 }) }, bad)).toMatchObject({ rule: "due" });
  });
});

test("an image is not kept by what others are needed for", () => {
  const others = { instances: [{ ...instance, imageId: "ami-other" }], templates: [{ ...template, imageId: "ami-other" }] };
  expect(fate({}, others)).toMatchObject({ verdict: "deregister", rule: "due" });
});

describe("what has served", () => {
  const newer = { createdAt: ago({ days: 10 }), lastLaunchedAt: null };
  const plan = (one: OwnImage, ...ledger: ImageFacts["ledger"]) =>
    Object.fromEntries(planImages(facts(one, { ledger }), policy(), NOW).map(({ imageId, rule }) => [imageId, rule]));

  test("a candidate waits for its turn as long as none that has served is newer", () => {
    expect(plan(image(newer), record(STALE, "candidate"), record(SERVING.imageId))).toEqual({ [STALE]: "candidate", [SERVING.imageId]: "last-proven" });
    expect(plan(image(), record(STALE, "candidate"), record(SERVING.imageId))).toEqual({ [STALE]: "newest", [SERVING.imageId]: "last-proven" });
  });

  test("a candidate that was passed over stays as long as it is one of the newest candidates", () => {
    const because = "it is one of the newest 1 that have not served yet";
    const seen = { ledger: [record(STALE, "candidate"), record(SERVING.imageId)] };
    expect(fate({}, seen)).toMatchObject({ rule: "newest", because });
    const other = image({ imageId: "ami-other", createdAt: ago({ days: 100 }) });
    const both = { images: [image(), other, SERVING], ledger: [...seen.ledger, record("ami-other", "candidate")] };
    expect(planImages(facts(image(), both), policy(), NOW).map(({ rule }) => rule)).toEqual(["last-proven", "newest", "due"]);
  });

  test("candidates push out none that has served, however many there are", () => {
    const candidates = [1, 2, 3, 4].map((days) => image({ imageId: `ami-${days}`, createdAt: ago({ days }), lastLaunchedAt: null }));
    const before = image({ imageId: "ami-before", createdAt: ago({ days: 90 }) });
    const images = [...candidates, SERVING, before];
    const ledger = [...candidates.map(({ imageId }) => record(imageId, "candidate")), record(SERVING.imageId), record("ami-before")];
    const rules = planImages(facts(image(), { images, ledger }), policy({ keep: 2 }), NOW).map(({ rule }) => rule);
    expect(rules.slice(-2)).toEqual(["last-proven", "newest"]);
  });

  const unproven = (all: OwnImage[], ledger: ImageFacts["ledger"] = []) =>
    planImages(facts(image(), { images: all, ledger }), policy(), NOW).map(({ imageId, rule }) => [imageId, rule]);

  test("where the ledger knows none, the newest that was launched counts as the last", () => {
    const never = image({ imageId: "ami-never", createdAt: ago({ days: 50 }), lastLaunchedAt: null });
    expect(unproven([image(), SERVING, never])).toEqual([
      ["ami-never", "newest"],
      [SERVING.imageId, "last-proven"],
      [STALE, "newest"],
    ]);
    const told = fate({ createdAt: ago({ days: 10 }) }, { images: [image({ createdAt: ago({ days: 10 }) })], ledger: [record(STALE, "candidate")] });
    expect(told).toMatchObject({ rule: "candidate" });
  });

  test("one that runs right now counts for that though EC2 tells of no launch, and one that is bad or retired does not", () => {
    const running = image({ lastLaunchedAt: null });
    const lines = planImages(facts(running, { images: [running], ledger: [], instances: [instance] }), policy(), NOW);
    expect(lines).toMatchObject([{ rule: "in-use", dueAt: null }]);
    expect(unproven([image()], [record(STALE, "bad")])).toEqual([[STALE, "due"]]);
    expect(unproven([image()], [{ ...record(STALE, "candidate"), retiredAt: NOW }])).toEqual([[STALE, "candidate"]]);
  });

  test("the last proven one stays, however many candidates are newer", () => {
    const candidates = [1, 2, 3].map((days) => image({ imageId: `ami-${days}`, createdAt: ago({ days }) }));
    const images = [...candidates, SERVING];
    const ledger = [...candidates.map(({ imageId }) => record(imageId, "candidate")), record(SERVING.imageId)];
    expect(planImages(facts(image(), { images, ledger }), policy(), NOW).at(-1)).toMatchObject({ imageId: SERVING.imageId, rule: "last-proven" });
  });

  test("a proven one that can't be launched is no reason to let the one before it go", () => {
    const disabled: OwnImage = { ...SERVING, state: "disabled" };
    const ledger = [record(STALE), record(SERVING.imageId)];
    const rules = planImages(facts(image(), { images: [image(), disabled], ledger }), policy(), NOW).map(({ rule }) => rule);
    expect(rules).toEqual(["last-proven", "last-proven"]);
  });

  test("a bad one goes, although it is the newest", () => {
    expect(plan(image(newer), record(STALE, "bad"), record(SERVING.imageId))).toEqual({ [STALE]: "due", [SERVING.imageId]: "last-proven" });
  });
});

describe("the newest", () => {
  const made = (days: number, but: Partial<OwnImage> = {}) =>
    image({ imageId: `ami-${days}`, createdAt: ago({ days }), lastLaunchedAt: null, snapshotIds: [], ...but });
  const rules = (images: OwnImage[], wanted = policy({ keep: 2 }), ledger = images.map(({ imageId }) => record(imageId))) =>
    planImages(facts(image(), { images, ledger }), wanted, NOW).map(({ rule }) => rule);

  test("so many stay as the settings say", () => {
    expect(rules([made(50), made(51), made(52), made(53)], policy({ keep: 3 }))).toEqual(["last-proven", "newest", "newest", "due"]);
    expect(fate({}, {}, policy({ keep: 2 }))).toMatchObject({ rule: "newest", because: "it is one of the newest 2 that have served", dueAt: null });
  });

  test("of one moment the one with the lower id counts as newer", () => {
    const twins = ["ami-b", "ami-a", "ami-c"].map((imageId) => made(50, { imageId }));
    const lines = planImages(facts(image(), { images: twins, ledger: twins.map(({ imageId }) => record(imageId)) }), policy({ keep: 2 }), NOW);
    expect(lines.map(({ imageId, rule }) => [imageId, rule])).toEqual([
      ["ami-a", "last-proven"],
      ["ami-b", "newest"],
      ["ami-c", "due"],
    ]);
  });

  test("one that nodes can't be launched from, or that nobody knows to be good, takes nobody's place", () => {
    const useless = [made(1, { state: "disabled" }), made(2, { state: "failed" }), made(3, { tags: { [IMAGE_MARK.stage]: "other" } }), made(4), made(5)];
    const ledger = [1, 2, 3, 50, 51, 52].map((days) => record(`ami-${days}`)).concat(record("ami-5", "bad"));
    const good = [made(50), made(51), made(52)];
    expect(rules([...useless, ...good], policy({ keep: 2 }), ledger).slice(-3)).toEqual(["last-proven", "newest", "due"]);
  });

  test("one that failed is kept for nobody", () => {
    for (const state of ["failed", "error", "invalid"] as const)
      expect(rules([made(1, { state }), made(50)], policy({ keep: 5 }), [record("ami-50")])).toEqual(["due", "last-proven"]);
  });

  test("one that the ledger does not know stays among the newest", () => {
    expect(
      rules(
        [made(1), made(50), made(51), made(52)],
        policy({ keep: 2 }),
        [50, 51, 52].map((days) => record(`ami-${days}`)),
      ),
    ).toEqual(["newest", "last-proven", "newest", "due"]);
  });
});

describe("disabled first", () => {
  const first = policy({ disableFirst: true });
  const since = (at: Date): Partial<OwnImage> => ({ state: "disabled", tags: { [IMAGE_MARK.disabledAt]: at.toISOString() } });

  test("an image that is due is disabled, and deregistered a day later", () => {
    const before = facts(image());
    const [, line] = planImages(before, first, NOW);
    expect(line).toMatchObject({ verdict: "disable", rule: "due", dueAt: NOW });
    const later = applied(before, planImages(before, first, NOW), NOW);
    const because = `disabled ${NOW.toISOString()}, it stays for a day, so that somebody may miss it`;
    expect(planImages(later, first, hence({ hours: 23 })).at(-1)).toMatchObject({ verdict: "keep", rule: "disabled", because, dueAt: hence({ days: 1 }) });
    expect(planImages(later, first, hence({ days: 1 })).at(-1)).toMatchObject({ verdict: "deregister", rule: "due" });
  });

  test("a disabled one of which nobody knows since when is disabled once more, so that its day begins", () => {
    expect(fate({ state: "disabled" }, {}, first)).toMatchObject({ verdict: "disable" });
    expect(fate({ state: "disabled", tags: { [IMAGE_MARK.disabledAt]: "lately" } }, {}, first)).toMatchObject({ verdict: "disable" });
  });

  test("a disabled one that is wanted again stays", () => {
    expect(fate(since(ago({ days: 3 })), {}, { ...first, keep: 2 })).toMatchObject({ verdict: "keep", rule: "newest" });
    expect(fate({ ...since(ago({ days: 3 })), tags: { ...since(ago({ days: 3 })).tags, "steward:hold": "yes" } }, {}, first)).toMatchObject({ rule: "held" });
  });

  test("one that failed is deregistered at once: nobody could miss it", () => {
    expect(fate({ state: "failed" }, {}, first)).toMatchObject({ verdict: "deregister" });
    expect(fate({ ...since(NOW), state: "failed" }, {}, first)).toMatchObject({ verdict: "deregister" });
  });

  test("without that setting nothing waits", () => {
    expect(fate({ state: "disabled" })).toMatchObject({ verdict: "deregister" });
    expect(fate(since(ago({ hours: 1 })))).toMatchObject({ verdict: "deregister" });
  });
});

test("it is due when the last of its reasons ends, whichever rule names it first", () => {
  const lastLaunchedAt = ago({ days: 10 });
  expect(fate({ lastLaunchedAt, tags: { "steward:hold-until": FUTURE } })).toMatchObject({ rule: "held", dueAt: hence({ days: 20 }) });
  expect(fate({ lastLaunchedAt: ago({ days: 25 }), tags: { "steward:hold-until": FUTURE } })).toMatchObject({ rule: "held", dueAt: new Date(FUTURE) });
  expect(fate({ lastLaunchedAt }, {}, policy({ keep: 2 }))).toMatchObject({ rule: "launched", dueAt: null });
  expect(fate({ protected: true, tags: { "steward:hold-until": FUTURE } })).toMatchObject({ rule: "held", dueAt: null });
});

test("the first rule in the order of all rules names the reason", () => {
  const again = { [IMAGE_MARK.disabledAt]: "2026-02-01T00:00:00.000Z" };
  const everything = image({ shared: true, protected: true, tags: { "steward:hold": "", ...again } });
  const seen = { instances: [instance], templates: [template], building: [STALE] };
  const rule = (one: OwnImage, but: Partial<ImageFacts> = {}) => planImages(facts(one, but), policy(), NOW).at(-1)?.rule;
  const found = [
    rule(everything, { ...seen, stage: "other" }),
    rule(everything, seen),
    rule(everything, { ...seen, building: [] }),
    rule(everything, { templates: [template] }),
    rule(everything, { images: [everything] }),
    rule(everything),
    rule({ ...everything, shared: false }),
    rule({ ...everything, shared: false, tags: { ...GOLDEN, ...again } }),
    rule({ ...everything, shared: false, protected: false, tags: { ...GOLDEN, ...again }, lastLaunchedAt: NOW }),
  ];
  expect(found).toEqual(["not-ours", "pending", "in-use", "in-template", "last-proven", "shared", "held", "protected", "enabled-again"]);
  expect(IMAGE_RULES.filter((one) => found.includes(one))).toEqual(found);
});

test("the facts survive the way through JSON", () => {
  const before = facts(image(), { instances: [instance], templates: [template] });
  expect(ImageFacts.parse(JSON.parse(JSON.stringify(before)))).toEqual(before);
});
