import type { RunSubject } from "@steward/core/apply/order";
import { type Policy, policyOf } from "@steward/core/fleet/policy";
import { MARK } from "@steward/core/retention/marks";
import type { Snapshot } from "@steward/core/retention/snapshot";
import { keepingOf } from "@steward/core/settings/schema";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { singleSettings } from "../../settings.ts";
import { ago, FIRST, fleetWithSickNode, healthyFleet, incident, NOW, node, reports, SECOND, THIRD } from "../builders.ts";
import { before, VOLUME } from "../first-deploy/founding.ts";
import { facts, image, record, SERVING } from "../image/images.ts";
import { dataVolume, type Mood, ours } from "../snapshots/cloud.ts";
import { aboutIncident, newRecording, runToEnd } from "./engine.ts";
import { type FakeWorld, fakeWorld, type Temper } from "./fake-world.ts";
import { recordedRun } from "./recorded-run.ts";

const sick = () => fleetWithSickNode({ incidents: [incident()] });
const admission: RunSubject = { kind: "admission", instanceId: THIRD, hook: "steward-demo-admit" };
const withHooked = (lifecycle: string, probe = reports({ instanceId: THIRD })) =>
  healthyFleet({ nodes: [node(), node({ instanceId: SECOND }), node({ instanceId: THIRD, lifecycle, target: null, probe })] });
/** The third node boots, and reports after twenty seconds that nothing is installed yet. */
const booting = (temper: Partial<Temper> = {}): FakeWorld => {
  const fake = fakeWorld(withHooked("Pending:Wait", { kind: "unknown", because: "it boots" }), temper);
  fake.later(20, (state) => Object.assign(state.nodes[2] ?? {}, { probe: reports({ instanceId: THIRD, version: null }) }));
  return fake;
};

/** A new server waits while the old one still has the volume for a while. */
const server = (): FakeWorld => {
  const volume = { id: VOLUME, state: "in-use", attachedTo: FIRST, isNew: true };
  const fake = booting();
  Object.assign(fake.state, {
    nodes: fake.state.nodes.slice(2),
    database: null,
    dataVolume: volume,
    address: { allocationId: "eipalloc-1", instanceId: null },
  });
  fake.later(20, (state) => Object.assign(state.nodes[0] ?? {}, { probe: reports({ instanceId: THIRD, version: null }) }));
  fake.later(60, (state) => Object.assign(state, { dataVolume: { ...volume, state: "available", attachedTo: null } }));
  return fake;
};

/** A server with its volume, and what its settings say of snapshots. */
const keeping = healthyFleet({ nodes: [node()], database: null, dataVolume });
const kept = policyOf("single", keepingOf(singleSettings()));
const shelf = Array.from({ length: 300 }, (_, index) => ours(ago({ hours: index }), { id: `snap-${index}` }));
function withSky(mood: Partial<Mood>, snapshots: Snapshot[] = []): FakeWorld {
  const fake = fakeWorld(keeping);
  Object.assign(fake.sky, { mood: { ...fake.sky.mood, ...mood }, snapshots: structuredClone(snapshots) });
  return fake;
}

/** Seven golden images, of which two are due; a snapshot may stay when its image goes. */
function withImages(stays?: string): FakeWorld {
  const images = Array.from({ length: 7 }, (_, index) =>
    image({ imageId: `ami-${index}`, createdAt: ago({ days: 100 + index }), lastLaunchedAt: null, ...(index === 4 && { tags: { "steward:hold": "" } }) }),
  );
  const fake = fakeWorld(healthyFleet({ images: images.map(({ imageId }) => record(imageId)), ownImages: facts(SERVING, { images }) }));
  if (stays) fake.gallery.stays.set(stays, "another image rests on it");
  return fake;
}

const RUNS: Record<string, { world: () => FakeWorld; subject: RunSubject; policy?: Partial<Policy> }> = {
  "a restart that helps": { world: () => fakeWorld(sick()), subject: aboutIncident },
  "a restart, then a replacement": { world: () => fakeWorld(sick(), { restart: "useless" }), subject: aboutIncident },
  "a page": { world: () => fakeWorld({ ...sick(), switch: { position: "off" } }), subject: aboutIncident },
  "an admission": { world: () => booting(), subject: admission },
  "an admission that fails": { world: () => booting({ converge: "fails" }), subject: admission },
  "a retirement that hangs": {
    world: () => fakeWorld(withHooked("Terminating:Wait"), { drain: "hangs" }),
    subject: { kind: "retirement", instanceId: THIRD, hook: "steward-demo-retire" },
  },
  "an admission of a server": { world: server, subject: admission, policy: policyOf("single") },
  "a first deploy of a pair": { world: () => fakeWorld(before("ha", "document")), subject: { kind: "first-deploy" }, policy: { rounds: 16 } },
  "a first deploy of a server": {
    world: () => fakeWorld(before("single", "data-volume")),
    subject: { kind: "first-deploy" },
    policy: { ...policyOf("single"), rounds: 16 },
  },
  "a snapshot that is due": {
    world: () => fakeWorld(keeping),
    subject: { kind: "duty", id: "take-x", runbook: "take-snapshots", input: { slot: NOW.toISOString(), schedules: ["hourly"] }, because: "due" },
    policy: kept,
  },
  "a snapshot whose answer is lost": {
    world: () => withSky({ create: "lost" }),
    subject: { kind: "duty", id: "take-x", runbook: "take-snapshots", input: { slot: NOW.toISOString(), schedules: ["hourly"] }, because: "due" },
    policy: kept,
  },
  "a snapshot that EC2 refuses": {
    world: () => withSky({ create: "refused" }),
    subject: { kind: "request", id: "42", runbook: "snapshot-now", input: { keepDays: 7 }, because: "before an upgrade" },
    policy: kept,
  },
  "a pruning": {
    world: () => withSky({}, shelf),
    subject: { kind: "request", id: "43", runbook: "prune-snapshots", input: { confirm: 300 }, because: "the month is over" },
    policy: kept,
  },
  "a pruning of too much": {
    world: () => withSky({}, shelf),
    subject: { kind: "duty", id: "prune-x", runbook: "prune-snapshots", input: {}, because: "due" },
    policy: kept,
  },
  "a lock": {
    world: () => withSky({}, shelf),
    subject: { kind: "duty", id: "lock-x", runbook: "lock-snapshots", input: {}, because: "due" },
    policy: { ...kept, keeping: { ...kept.keeping, snapshots: kept.keeping.snapshots && { ...kept.keeping.snapshots, lock: { newest: 2, days: 7 } } } },
  },
  "a lock that EC2 refuses": {
    world: () => withSky({ lock: "refused" }, shelf),
    subject: { kind: "duty", id: "lock-x", runbook: "lock-snapshots", input: {}, because: "due" },
    policy: { ...kept, keeping: { ...kept.keeping, snapshots: kept.keeping.snapshots && { ...kept.keeping.snapshots, lock: { newest: 2, days: 7 } } } },
  },
  "a pruning of images": {
    world: () => withImages(),
    subject: { kind: "duty", id: "images-x", runbook: "prune-images", input: {}, because: "due" },
  },
  "a pruning of images that leaves a snapshot": {
    world: () => withImages("snap-of-ami-5"),
    subject: { kind: "duty", id: "images-x", runbook: "prune-images", input: {}, because: "due" },
  },
  "a replacement by request": {
    world: () => fakeWorld(healthyFleet()),
    subject: { kind: "request", id: "42", runbook: "replace-node", input: { instanceId: FIRST }, because: "asked for" },
  },
};

/** All that must not depend on where the run was killed: times may differ, and what is said twice is collapsed by its id. */
function traceOf({ effects, state, said, books, sky, gallery }: FakeWorld) {
  return {
    effects,
    snapshots: sky.snapshots.map(({ id, tags }) => `${id} ${tags[MARK.consistency]}`),
    slots: state.slots.map(({ state, consistency, because }) => `${state} ${consistency} ${because}`),
    prunings: state.prunings.map(({ status, deleted, deferred }) => `${status} ${deleted} ${deferred}`),
    images: state.ownImages?.images.map(({ imageId }) => imageId),
    snapshotsOfImages: [...gallery.snapshots],
    retired: state.images.filter(({ retiredAt }) => retiredAt !== undefined).map(({ imageId }) => imageId),
    inEffect: state.desired?.revision,
    carried: [state.dataVolume, state.address, state.firstDeploy?.template],
    attempts: state.attempts.map(({ runbook, resource, outcome }) => `${runbook} ${resource} ${outcome}`),
    nodes: state.nodes.map(({ instanceId, lifecycle, target }) => `${instanceId} ${lifecycle} ${target?.state}`),
    open: state.incidents.map(({ kind, resource, state }) => `${kind} ${resource} ${state}`),
    closed: state.closed.map(({ id }) => id),
    said: [...new Set(said.map(({ kind, incident: { kind: about, resource } }) => `${kind} ${about} ${resource}`))],
    held: state.leases.filter(({ holder }) => holder !== "nobody"),
    ended: books.ended.map(({ outcome }) => outcome),
    journal: books.journal.map(({ what }) => what.replaceAll(/"[-\d]+T[\d:.]+Z"/g, "a time")).filter(isNoRepeat),
  };
}

/** What goes on where it was is asked for once more after a kill, and then has less to do. */
const isNoRepeat = (line: string, index: number, all: string[]): boolean => !/^(take|prune)-/.test(line) || line !== all[index - 1];

async function tell(name: string, crashes: readonly number[]) {
  const run = RUNS[name];
  if (!run) throw new Error(`there is no run called ${name}`);
  const fake = run.world();
  const { end, places } = await runToEnd(fake, run.subject, { crashes, ...run.policy });
  fake.pass(60_000);
  return { end, places, trace: traceOf(fake) };
}

describe.each(Object.keys(RUNS))("%s, killed", (name) => {
  test("at any place, once, ends the same", async () => {
    const undisturbed = await tell(name, []);
    expect(undisturbed.places).toBeGreaterThan(4);
    for (let place = 0; place < undisturbed.places; place++) {
      const { end, trace } = await tell(name, [place]);
      expect({ place, end, trace }).toEqual({ place, end: undisturbed.end, trace: undisturbed.trace });
    }
  });

  test("again and again, wherever it has come to, ends the same", async () => {
    const undisturbed = await tell(name, []);
    const endsTheSame = fc.asyncProperty(fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 8 }), async (crashes) => {
      const { end, trace } = await tell(name, crashes);
      expect({ end, trace }).toEqual({ end: undisturbed.end, trace: undisturbed.trace });
    });
    await fc.assert(endsTheSame, { numRuns: 30 });
  });
});

describe("the recorded run itself", () => {
  test("answers from the record what was done before", async () => {
    const recording = newRecording(fakeWorld(healthyFleet()));
    let times = 0;
    const once = () => recordedRun(recording).step("count", async () => ++times);
    expect([await once(), await once(), times]).toEqual([1, 1, 1]);
  });

  test("does not let a replay take another way, nor two steps share a name", async () => {
    const recording = newRecording(fakeWorld(healthyFleet()));
    await recordedRun(recording).step("one", async () => null);
    await expect(recordedRun(recording).step("two", async () => null)).rejects.toThrow('the replay does "two" where "one" was done');
    const run = recordedRun(recording);
    await run.step("one", async () => null);
    await expect(run.step("one", async () => null)).rejects.toThrow("the name of two steps");
  });
});
