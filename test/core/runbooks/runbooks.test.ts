import { requestIntent } from "@steward/core/apply/remediate";
import { currentStage } from "@steward/core/first-deploy/progress";
import type { FleetFacts, NodeFacts } from "@steward/core/fleet/facts";
import { defaultPolicy, policyOf } from "@steward/core/fleet/policy";
import { THE_FLEET } from "@steward/core/guards/guard";
import { firstDeploy } from "@steward/core/runbooks/first-deploy";
import { RUNBOOKS } from "@steward/core/runbooks/registry";
import { RUNBOOK_IDS, type RunbookId } from "@steward/core/runbooks/runbook";
import { keepingOf } from "@steward/core/settings/schema";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { singleSettings } from "../../settings.ts";
import { fleets } from "../arbitrary-fleet.ts";
import { ago, attempt, FIRST, healthyFleet, justAfter, justBefore, ME, NOW, node, SECOND, sickNode, THIRD } from "../builders.ts";
import { before, KINDS, stageIds } from "../first-deploy/founding.ts";
import { facts, image, record, SERVING, snapshot } from "../image/images.ts";
import { dataVolume } from "../snapshots/cloud.ts";

const INPUTS: Record<RunbookId, unknown> = {
  "restart-service": { instanceId: FIRST },
  "replace-node": { instanceId: FIRST },
  "admit-node": { instanceId: FIRST, hook: "steward-demo-admit" },
  "admit-server": { instanceId: FIRST, hook: "steward-demo-admit" },
  "retire-node": { instanceId: FIRST, hook: "steward-demo-retire" },
  "first-deploy": {},
  "take-snapshots": { slot: "2026-05-04T00:00:00.000Z", schedules: ["daily"] },
  "snapshot-now": {},
  "prune-snapshots": {},
  "lock-snapshots": {},
  "copy-snapshots": {},
  "prune-copies": {},
  "prune-images": {},
  "prove-restore": {},
  "restore-volume": {},
  "confirm-restore": {},
};
const NO_NODE: readonly RunbookId[] = [
  "first-deploy",
  "take-snapshots",
  "snapshot-now",
  "prune-snapshots",
  "lock-snapshots",
  "copy-snapshots",
  "prune-copies",
  "prune-images",
  "prove-restore",
  "restore-volume",
  "confirm-restore",
];
const ONE_NODE: readonly RunbookId[] = RUNBOOK_IDS.filter((id) => !NO_NODE.includes(id));

const planned = (id: RunbookId, facts: FleetFacts, input: unknown = INPUTS[id]) => {
  const { steps, otherwise } = RUNBOOKS[id].plan(RUNBOOKS[id].input.parse(input), facts, policyOf(RUNBOOKS[id].topologies.includes("ha") ? "ha" : "single"));
  return { steps: steps.map(({ because: _because, ...step }) => step), otherwise: otherwise.map(({ because: _because, ...step }) => step) };
};

const plan = (id: RunbookId, input: unknown = INPUTS[id], nodes: NodeFacts[] = healthyFleet().nodes) => planned(id, healthyFleet({ nodes }), input);

describe("the plan", () => {
  test("of a restart is one step", () => {
    expect(plan("restart-service")).toEqual({ steps: [{ do: "restart-service", instanceId: FIRST }], otherwise: [] });
  });

  test("of replacing a sick node takes it out first, so that the group launches a stand-in", () => {
    expect(plan("replace-node", INPUTS["replace-node"], [sickNode(), node({ instanceId: SECOND })]).steps).toEqual([
      { do: "isolate", instanceId: FIRST, keepDesired: true },
      { do: "retire", instanceId: FIRST },
    ]);
  });

  test("of replacing a node that nobody sees takes it out first", () => {
    expect(plan("replace-node", { instanceId: THIRD }).steps[0]).toEqual({ do: "isolate", instanceId: THIRD, keepDesired: true });
  });

  test("of replacing a node that serves brings its stand-in up first", () => {
    expect(plan("replace-node").steps).toEqual([
      { do: "set-desired-capacity", desired: 3 },
      { do: "isolate", instanceId: FIRST, keepDesired: false },
      { do: "retire", instanceId: FIRST },
    ]);
  });

  test("of an admission lets the node in once it has converged, or sends it away", () => {
    const hook = { do: "complete-lifecycle", instanceId: FIRST, hook: "steward-demo-admit" };
    expect(plan("admit-node")).toEqual({
      steps: [
        { do: "converge", instanceId: FIRST },
        { ...hook, result: "CONTINUE" },
      ],
      otherwise: [{ ...hook, result: "ABANDON" }],
    });
  });

  test("of an admission of a stand-in remembers first whom it stands in for", () => {
    const replacing = attempt({ runbook: "replace-node", resource: SECOND, outcome: "running", endedAt: null, startedAt: ago({ days: 1000 }) });
    const { steps } = RUNBOOKS["admit-node"].plan(INPUTS["admit-node"], healthyFleet({ attempts: [replacing] }), defaultPolicy);
    expect(steps[0]).toMatchObject({ do: "remember-lineage", instanceId: FIRST, ancestor: SECOND });
  });

  test("of an admission of a node that nobody sees has no lineage to remember", () => {
    expect(plan("admit-node", { instanceId: THIRD, hook: "h" }).steps.map((step) => step.do)).toEqual(["converge", "complete-lifecycle"]);
  });

  test("of a retirement lets the node go even when it can't finish its work", () => {
    const go = { do: "complete-lifecycle", instanceId: FIRST, hook: "steward-demo-retire", result: "CONTINUE" };
    expect(plan("retire-node")).toEqual({ steps: [{ do: "drain", instanceId: FIRST }, go], otherwise: [go] });
  });
});

describe("the plan of a server's admission", () => {
  const dataVolume = { id: "vol-0123456789abcdef0", state: "available", attachedTo: null, isNew: false };
  const address = { allocationId: "eipalloc-1", instanceId: null };
  const go = { do: "complete-lifecycle", instanceId: FIRST, hook: "steward-demo-admit", result: "CONTINUE" };
  const attach = { do: "attach-volume", volumeId: dataVolume.id, instanceId: FIRST };
  const settle = { do: "settle-volume", volumeId: dataVolume.id };
  const move = { do: "move-address", allocationId: "eipalloc-1", instanceId: FIRST };

  test("is volume, configuration, address, and only then traffic; it never sends the server away", () => {
    const { steps, otherwise } = planned("admit-server", healthyFleet({ dataVolume, address }));
    expect(steps).toEqual([attach, { do: "converge", instanceId: FIRST }, settle, move, go]);
    expect(otherwise).toEqual([]);
  });

  test("allows a file system to be made on a new volume alone, by name", () => {
    const { steps } = planned("admit-server", healthyFleet({ dataVolume: { ...dataVolume, isNew: true }, address }));
    expect(steps).toEqual([attach, { do: "converge", instanceId: FIRST, format: dataVolume.id }, settle, move, go]);
  });

  test("has no step for a volume that the fleet does not have, and never goes on without an address", () => {
    expect(planned("admit-server", healthyFleet()).steps).toEqual([{ do: "converge", instanceId: FIRST }, { ...move, allocationId: "none" }, go]);
  });
});

describe("the plan of a snapshot", () => {
  const keeping = policyOf("single", keepingOf(singleSettings()));
  const planIt = (id: RunbookId, input: unknown, but: Partial<FleetFacts> = {}, policy = keeping) =>
    RUNBOOKS[id].plan(RUNBOOKS[id].input.parse(input), healthyFleet({ dataVolume, ...but }), policy);
  const of = { do: "take-snapshots", volumeId: dataVolume.id, instanceId: FIRST, unfrozen: "take", policy: expect.stringMatching(/^[0-9a-f]{12}$/) };

  test("of schedules is due when the last of them lets go of it", () => {
    const { steps } = planIt("take-snapshots", { slot: "2026-05-04T00:00:00.000Z", schedules: ["weekly", "former", "hourly"] });
    const dates = { slot: new Date("2026-05-04T00:00:00.000Z"), dueAt: new Date("2026-06-29T00:00:00.000Z") };
    expect(steps).toEqual([{ ...of, ...dates, schedules: ["hourly", "weekly"], because: "due for hourly, weekly" }]);
  });

  test("by hand is one of its own, to the second, for as long as is asked for", () => {
    const at = new Date("2026-05-04T03:00:07.300Z");
    const { steps } = planIt("snapshot-now", { keepDays: 7 }, { at });
    const dates = { slot: new Date("2026-05-04T03:00:07.000Z"), dueAt: new Date("2026-05-11T03:00:07.000Z") };
    expect(steps).toEqual([{ ...of, ...dates, schedules: ["by-hand"], because: "somebody asked for it" }]);
    expect(planIt("snapshot-now", {}, { at }).steps).toMatchObject([{ dueAt: new Date("2026-06-03T03:00:07.000Z") }]);
  });

  test("by hand never takes the slot of a schedule", () => {
    expect(planIt("snapshot-now", {}, { at: new Date("2026-05-04T03:00:00.999Z") }).steps).toMatchObject([{ slot: new Date("2026-05-04T02:59:59.000Z") }]);
  });

  test("of a volume that nobody has names no server", () => {
    expect(planIt("snapshot-now", {}, { dataVolume: { ...dataVolume, state: "available", attachedTo: null } }).steps).toMatchObject([{ instanceId: null }]);
  });

  test.each<[string, Partial<FleetFacts>, typeof keeping]>([
    ["there is no data volume", { dataVolume: null }, keeping],
    ["there is no data volume", {}, policyOf("ha")],
    [`${dataVolume.id} is new and holds nothing yet`, { dataVolume: { ...dataVolume, isNew: true } }, keeping],
  ])("can't be made where %s", (because, but, policy) => {
    expect(planIt("snapshot-now", {}, but, policy)).toEqual({ steps: [], otherwise: [], impossible: because });
  });

  test("is made up for within a day, to the millisecond, and never made ahead", () => {
    const planAt = (at: Date) => planIt("take-snapshots", { slot: at.toISOString(), schedules: ["hourly"] });
    const dayAgo = ago({ days: 1 });
    for (const at of [justAfter(NOW), justBefore(dayAgo)])
      expect(planAt(at)).toMatchObject({ steps: [], impossible: expect.stringContaining("does not lie within the last day") });
    for (const at of [NOW, dayAgo]) expect(planAt(at).steps).toHaveLength(1);
  });

  test("can't be made for schedules that nobody knows", () => {
    const asked = { slot: "2026-05-04T00:00:00.000Z", schedules: ["former", "other"] };
    for (const policy of [keeping, policyOf("ha")])
      expect(planIt("take-snapshots", asked, {}, policy)).toMatchObject({ steps: [], impossible: "the settings know no schedule former, other" });
  });

  test("of deleting goes by the moment at which it is made", () => {
    const step = { do: "prune-snapshots", asOf: NOW, because: "nothing keeps them any more" };
    expect(planIt("prune-snapshots", {}).steps).toEqual([{ ...step, confirmed: null }]);
    expect(planIt("prune-snapshots", { confirm: 80 }).steps).toEqual([{ ...step, confirmed: 80 }]);
    expect(planIt("prune-snapshots", {}, {}, policyOf("ha"))).toMatchObject({ steps: [], impossible: "no snapshots are kept here" });
  });

  test("of copies is one step, where the settings copy any", () => {
    const copy = {
      region: "eu-west-1",
      kmsKeyArn: "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef",
      keep: { count: 1 },
      schedules: ["daily"],
    };
    const copying = policyOf("single", keepingOf(singleSettings({ snapshots: { copy } })));
    expect(planIt("copy-snapshots", {}, {}, copying).steps).toEqual([{ do: "copy-snapshots", because: "they have no copy in eu-west-1 yet" }]);
    const prune = { do: "prune-copies", asOf: NOW, because: "nothing keeps them any more" };
    expect(planIt("prune-copies", {}, {}, copying).steps).toEqual([{ ...prune, confirmed: null }]);
    expect(planIt("prune-copies", { confirm: 9 }, {}, copying).steps).toEqual([{ ...prune, confirmed: 9 }]);
    for (const id of ["copy-snapshots", "prune-copies"] as const)
      expect(planIt(id, {}, {}, policyOf("ha"))).toMatchObject({ steps: [], impossible: "the settings copy no snapshots" });
  });

  test("of locks is one step, where the settings lock any", () => {
    const lock = { newest: 3, days: 7 };
    const locking = policyOf("single", keepingOf(singleSettings({ snapshots: { lock } })));
    expect(planIt("lock-snapshots", {}, {}, locking).steps).toEqual([{ do: "lock-snapshots", because: "the newest 3 are to be locked" }]);
    for (const policy of [policyOf("ha"), policyOf("single", keepingOf(singleSettings()))])
      expect(planIt("lock-snapshots", {}, {}, policy)).toMatchObject({ steps: [], impossible: "the settings lock no snapshots" });
  });

  test.each(["take-snapshots", "snapshot-now", "prune-snapshots"] as const)("(%s) has a lease of its own, and stands in no change's way", (id) => {
    expect(RUNBOOKS[id].scope).toBe(id === "prune-snapshots" ? "pruning" : "snapshots");
  });
});

describe("the plan of taking images away", () => {
  const images = Array.from({ length: 8 }, (_, index) => image({ imageId: `ami-${index}`, createdAt: ago({ days: 100 + index }), lastLaunchedAt: null }));
  const ownImages = facts(SERVING, { at: NOW, images, ledger: images.map(({ imageId }) => record(imageId)) });
  const plan = (but: Partial<FleetFacts> = {}, disableFirst = false) =>
    RUNBOOKS["prune-images"].plan({}, healthyFleet({ ownImages, ...but }), policyOf("ha", { snapshots: null, images: { keep: 3, days: 30, disableFirst } }));
  const ids = ({ steps }: ReturnType<typeof plan>) => steps.map((step) => "imageId" in step && step.imageId);

  test("is the oldest three that are due, each with its snapshots", () => {
    const because = "nothing keeps it";
    expect(plan().steps).toEqual(
      ["ami-7", "ami-6", "ami-5"].map((imageId) => ({ do: "deregister-image", imageId, snapshotIds: [`snap-of-${imageId}`], because })),
    );
    expect(plan({}, true).steps[0]).toEqual({ do: "disable-image", imageId: "ami-7", because });
  });

  test("ends with the snapshots that former images have left, in one step, oldest first, and last those that could not be deleted", () => {
    const snapshots = [1, 2, 3].map((n) => snapshot({ id: `snap-${n}`, startedAt: ago({ days: 100 + n }) }));
    const failed = attempt({ runbook: "prune-images", outcome: "failed", because: "of snapshots whose image is gone snap-3 stays (it is busy)" });
    const last = (attempts: FleetFacts["attempts"]) => plan({ attempts, ownImages: { ...ownImages, snapshots } }).steps.at(-1);
    const because = "no image rests on them any more";
    expect(last([])).toEqual({ do: "clear-left-snapshots", snapshotIds: ["snap-3", "snap-2", "snap-1"], because });
    expect(last([failed])).toMatchObject({ snapshotIds: ["snap-2", "snap-1", "snap-3"] });
    expect(plan({ ownImages: { ...ownImages, snapshots } }).steps).toHaveLength(4);
  });

  test("has those last with which an attempt failed within a day: one that can't go keeps no other from going", () => {
    const failed = attempt({ runbook: "prune-images", outcome: "failed", because: "deregister ami-7: OperationNotPermitted" });
    expect(ids(plan({ attempts: [failed] }))).toEqual(["ami-6", "ami-5", "ami-4"]);
    expect(ids(plan({ attempts: [failed], ownImages: { ...ownImages, images: [...images.slice(0, 4), ...images.slice(7)] } }))).toEqual(["ami-3", "ami-7"]);
    expect(ids(plan({ attempts: [{ ...failed, outcome: "done" }] }))).toEqual(["ami-7", "ami-6", "ami-5"]);
  });

  test("is nothing where nothing is due, where nobody has looked, and during a first deploy", () => {
    expect(plan({ ownImages: { ...ownImages, images: images.slice(0, 3) } })).toEqual({ steps: [], otherwise: [] });
    expect(plan({ ownImages: null })).toMatchObject({ steps: [], impossible: "nobody has looked at the images" });
    expect(plan({ firstDeploy: before("ha", "image").firstDeploy })).toMatchObject({ steps: [], impossible: "a first deploy is under way" });
  });
});

describe("the plan of a first deploy", () => {
  test.each(KINDS)("of %s is what the current stage asks for, and nothing where it waits", (kind) => {
    for (const id of stageIds(kind)) {
      const facts = before(kind, id);
      const standing = currentStage(facts, policyOf(kind))?.standing;
      const steps = standing?.state === "act" ? standing.steps : [];
      expect(firstDeploy.plan({}, facts, policyOf(kind))).toEqual({ steps, otherwise: [] });
    }
  });

  test("may send a held node away that comes from another image, and declares that", () => {
    const held = before("ha", "init-database");
    const other = { ...held, nodes: held.nodes.map((each) => ({ ...each, imageId: "ami-other" })) };
    const { steps } = planned("first-deploy", other);
    expect(steps).toEqual([{ do: "complete-lifecycle", instanceId: FIRST, hook: "steward-demo-admit", result: "ABANDON" }]);
    for (const step of steps) expect(firstDeploy.changes).toContain(step.do);
  });

  test("is nothing where none is under way", () => {
    expect(planned("first-deploy", healthyFleet())).toEqual({ steps: [], otherwise: [] });
  });
});

describe.each(RUNBOOK_IDS)("%s", (id) => {
  const runbook = RUNBOOKS[id];

  test("is found under its own name, in words for people", () => {
    expect(runbook.id).toBe(id);
    for (const words of [runbook.summary, runbook.impact]) expect(words).toMatch(/^[A-Z].*\.$/);
  });

  test("takes an instance and nothing that it does not know", () => {
    expect(runbook.input.safeParse(INPUTS[id]).success).toBe(true);
    for (const wrong of [
      ...(ONE_NODE.includes(id) ? [{}] : []),
      { ...(INPUTS[id] as object), instanceId: "node-1" },
      { ...(INPUTS[id] as object), force: true },
    ])
      expect(runbook.input.safeParse(wrong).success).toBe(false);
  });

  test("plans only the changes that it declares, each aimed at its node and with a reason, whatever the fleet looks like", () => {
    const declared = fc.property(fleets, (facts) => {
      const { steps, otherwise } = runbook.plan(runbook.input.parse(INPUTS[id]), facts, defaultPolicy);
      for (const step of [...steps, ...otherwise]) {
        expect(runbook.changes).toContain(step.do);
        if ("instanceId" in step) expect(step.instanceId).toBe(FIRST);
        expect(step.because).not.toBe("");
      }
    });
    fc.assert(declared);
  });

  test("weighs on the guards as much when a person asks for it", () => {
    const input = INPUTS[id] as Record<string, unknown>;
    const instanceId = ONE_NODE.includes(id) ? FIRST : THE_FLEET;
    expect(requestIntent({ runbook: id, input }, ME)).toEqual({ runbook: id, instanceId, disrupts: runbook.disrupts, execution: ME, resumes: false });
    expect(() => requestIntent({ runbook: id, input: { instanceId: "all of them" } }, null)).toThrow();
  });
});

test("nothing that takes a running server away may run on a single one unless a person has approved it, and no volume is carried about in a pair", () => {
  expect(RUNBOOK_IDS.filter((id) => !RUNBOOKS[id].topologies.includes("single"))).toEqual(["replace-node", "admit-node"]);
  expect(RUNBOOK_IDS.filter((id) => RUNBOOKS[id].propose)).toEqual(["restore-volume"]);
  expect(RUNBOOK_IDS.filter((id) => !RUNBOOKS[id].topologies.includes("ha"))).toEqual([
    "admit-server",
    "take-snapshots",
    "snapshot-now",
    "prune-snapshots",
    "lock-snapshots",
    "copy-snapshots",
    "prune-copies",
    "restore-volume",
    "confirm-restore",
  ]);
});

test("only what takes nobody's node out of service goes without the fleet's lease", () => {
  expect(RUNBOOK_IDS.filter((id) => RUNBOOKS[id].disrupts)).toEqual(["restart-service", "replace-node", "restore-volume"]);
});
