import { Permanent, Retryable } from "@steward/core/errors";
import type { FleetFacts } from "@steward/core/fleet/facts";
import type { ProofReport } from "@steward/core/fleet/proof-report";
import { beginDrill } from "@steward/core/proof/begin";
import { askCount, askProof, concludeDrill, launchProver, makeCopy, markProof, noteDrill, writeCopyDocument } from "@steward/core/proof/effects";
import type { DrillFacts } from "@steward/core/proof/facts";
import type { DrillMeans, DrillWorld } from "@steward/core/proof/ports";
import { MARK, provenTag } from "@steward/core/retention/marks";
import type { VOLUME_DRILL } from "@steward/core/runbooks/prove-restore";
import type { Actuators, StepContext } from "@steward/core/runbooks/steps";
import { fakeLedger } from "../apply/fake-ledger.ts";
import type { Ground } from "../apply/fake-world.ts";
import { ago, report } from "../builders.ts";
import { worldOf } from "../snapshots/cloud.ts";
import { counts, dataOf, effective, proofOf, untouched } from "./builders.ts";

/** How the copy and its server take what is asked of them. */
export interface LabMood {
  converge: "works" | "fails" | "refuses" | "hangs";
  /** How Package Manager takes its start on the copy. */
  start: "serves" | "ends" | "is slow";
  /** Why a converge fails. */
  because: string;
  /** Whether the fleet's own server says how much it has. */
  counts: boolean;
  /** Whether the verdict can't be put onto the snapshot. */
  refusesMarks: boolean;
  /** What the server says of the copy when it is asked. */
  proof: (report: ProofReport) => ProofReport;
  serves: boolean;
  /** Whether the server ends by itself instead of coming up. */
  dies: boolean;
  licence: "file" | "floating";
  /** Minutes until the whole volume is read. */
  loadMinutes: number;
  /** Calls, counted from 0, that have their effect and whose answer is lost. */
  loses: readonly number[];
}

const MOODS = new WeakMap<FleetFacts, LabMood>();
const CALM: LabMood = {
  converge: "works",
  start: "serves",
  because: "data volume: it bears no mark of a stage",
  counts: true,
  refusesMarks: false,
  proof: (said) => said,
  serves: true,
  dies: false,
  licence: "file",
  loadMinutes: 30,
  loses: [],
};

/** Lets drills of this world take things so. */
export const setMood = (state: FleetFacts, mood: Partial<LabMood>): void => void MOODS.set(state, { ...CALM, ...mood });
const moodOf = (state: FleetFacts): LabMood => MOODS.get(state) ?? CALM;

/** No drill has ever been. */
export const noDrill = (but: Partial<DrillFacts> = {}): DrillFacts => ({
  record: null,
  instances: [],
  volumes: [],
  probe: null,
  proof: { kind: "not-asked" },
  count: { kind: "not-asked" },
  since: ago({ days: 90 }),
  ...but,
});

const drillOf = (state: FleetFacts): DrillFacts => {
  state.drill ??= noDrill();
  return state.drill;
};

export type DrillActuators = Pick<Actuators, (typeof VOLUME_DRILL)[number]>;

/** A drill is orchestrated by core itself, over a small account that takes its time. */
export function drillActuators(ground: Ground): DrillActuators {
  const means = losing(ground.state, meansOf(ground));
  const { ledger } = fakeLedger(ground.state);
  const { store } = worldOf(ground.sky, ledger, ground);
  const documents: DrillWorld["documents"] = {
    read: async () => JSON.stringify(effective({ license: moodOf(ground.state).licence === "file" ? { kind: "file" } : { kind: "floating", server: "l:1" } })),
    write: async () => undefined,
  };
  const world: DrillWorld = { means, documents, snapshots: store, ledger, now: ground.now };
  return {
    "begin-drill": (step, context) => beginDrill(world, step, context),
    "ask-count": (step) => askCount(world, step),
    "make-copy": (step) => makeCopy(world, step),
    "write-drill-document": (step) => writeCopyDocument(world, step),
    "launch-prover": (step) => launchProver(world, step),
    "attach-copy": ({ copyId, instanceId }) => means.attach(copyId, instanceId),
    "converge-copy": async ({ start }, context) => convergeCopy(ground, context, start),
    "note-drill": (step) => noteDrill(world, step),
    "ask-proof": (step) => askProof(world, step),
    "conclude-drill": (step) => concludeDrill(world, step),
    "mark-proof": (step) => markProof(world, step),
    "remove-drill": ({ instanceIds, volumeIds }) => means.remove(instanceIds, volumeIds),
  };
}

/** The engine repeats what had no answer; here it breaks off its run. */
function losing(state: FleetFacts, means: DrillMeans): DrillMeans {
  let calls = 0;
  return new Proxy(means, {
    get:
      (target, name) =>
      async (...args: unknown[]) => {
        const answer = await (Reflect.get(target, name) as (...args: unknown[]) => unknown)(...args);
        if (moodOf(state).loses.includes(calls++)) throw new Retryable("the answer was lost");
        return answer;
      },
  });
}

/** Ids are made of the drill's, as a client token makes them the same. */
function meansOf({ state, later, now, effects, sky }: Ground): DrillMeans {
  const own = () => drillOf(state);
  return {
    async makeCopy(id, snapshotId) {
      const volume = { id: `vol-c0${id.replace(/\D/g, "")}`, drillId: id, state: "creating", attachedTo: null, madeAt: now() };
      if (effects.includes(`make-copy ${id}`)) return volume.id;
      effects.push(`make-copy ${id}`);
      if (!sky.snapshots.some((snapshot) => snapshot.id === snapshotId)) throw new Error(`there is no ${snapshotId}`);
      own().volumes.push(volume);
      later(20, () => Object.assign(own().volumes.find((other) => other.id === volume.id) ?? {}, { state: "available" }));
      return volume.id;
    },
    async launch({ id }) {
      const instance = { id: `i-d0${id.replace(/\D/g, "").padEnd(15, "0")}`, drillId: id, state: "pending", madeAt: now() };
      if (effects.includes(`launch ${id}`)) return instance.id;
      effects.push(`launch ${id}`);
      own().instances.push(instance);
      later(40, () => boots(state, instance.id));
      return instance.id;
    },
    async attach(copyId, instanceId) {
      const copy = own().volumes.find(({ id }) => id === copyId);
      if (copy?.state !== "available") return;
      Object.assign(copy, { state: "attaching", attachedTo: instanceId });
      later(5, () => copy.state === "attaching" && Object.assign(copy, { state: "in-use" }));
    },
    async count(instanceId) {
      const commandId = `count-${now().toISOString()}`;
      own().count = { kind: "running" };
      const answer = moodOf(state).counts
        ? { kind: "report" as const, report: { count: 1 as const, instanceId, at: now(), ...counts(), end: "end-of-report" as const } }
        : { kind: "unknown" as const, because: "the counting ended as Failed (exit code 2)" };
      later(20, () => Object.assign(own(), { count: answer }));
      return commandId;
    },
    async ask() {
      const commandId = `command-${now().toISOString()}`;
      own().proof = { kind: "running" };
      later(180, () => answers(state, now()));
      return commandId;
    },
    async remove(instanceIds, volumeIds) {
      for (const instance of own().instances.filter(({ id, state: was }) => instanceIds.includes(id) && was !== "terminated" && was !== "shutting-down")) {
        instance.state = "shutting-down";
        later(30, () => ends(state, instance.id));
      }
      own().volumes = own().volumes.filter(({ id, state: is }) => !(volumeIds.includes(id) && is === "available"));
    },
    async mark(snapshotId, proof) {
      if (moodOf(state).refusesMarks) throw new Permanent("mark: UnauthorizedOperation");
      for (const one of sky.snapshots.filter(({ id }) => id === snapshotId)) {
        const { [MARK.proofFailed]: _failed, ...tags } = one.tags;
        one.tags = "failed" in proof ? { ...one.tags, [MARK.proofFailed]: proof.failed } : { ...tags, [MARK.proven]: provenTag(proof) };
      }
    },
  };
}

function boots(state: FleetFacts, id: string): void {
  const drill = drillOf(state);
  const instance = drill.instances.find((other) => other.id === id);
  if (instance?.state !== "pending") return;
  if (moodOf(state).dies) return void ends(state, id);
  instance.state = "running";
  STARTED.set(state, false);
  drill.probe = report({ instanceId: id, version: "2026.04.0-21", ping: { kind: "refused" }, configFingerprint: null, keyFingerprint: null });
}

function ends(state: FleetFacts, id: string): void {
  const drill = drillOf(state);
  Object.assign(drill.instances.find((other) => other.id === id) ?? {}, { state: "terminated" });
  for (const volume of drill.volumes.filter(({ attachedTo }) => attachedTo === id)) Object.assign(volume, { state: "available", attachedTo: null });
  drill.probe = null;
}

function convergeCopy({ state, later, now }: Ground, { key, epoch }: StepContext, start: boolean): void {
  const drill = drillOf(state);
  const { converge, serves, licence, because, start: mood } = moodOf(state);
  if (!drill.probe || drill.probe.receipts.some((receipt) => receipt.key === key)) return;
  drill.probe.receipts.push({ key, verb: "converge", epoch, at: now(), outcome: "running" });
  if (converge === "hangs") return;
  const outcome = start && mood !== "serves" ? "failed" : ({ works: "done", fails: "failed", refuses: "refused" } as const)[converge];
  const reason = start ? STARTS[mood] : because;
  later(60, () => {
    const { probe } = drillOf(state);
    if (!probe) return;
    probe.receipts = probe.receipts.map((receipt) =>
      receipt.key === key ? { ...receipt, at: now(), outcome, ...(outcome === "done" ? {} : { because: reason }) } : receipt,
    );
    if (!start) return;
    STARTED.set(state, true);
    if (outcome === "done" && serves && licence === "file") Object.assign(probe, { at: now(), ping: { kind: "answer", status: 200, ms: 5 } });
  });
}

const STARTS = {
  serves: "",
  ends: "the service has failed before /__ping__ answered 200",
  "is slow": "/__ping__ did not answer 200 within 300 s: timeout",
} as const;

/** Where Package Manager was started on the copy. */
const STARTED = new WeakMap<FleetFacts, boolean>();

function answers(state: FleetFacts, now: Date): void {
  const drill = drillOf(state);
  const { record, instances } = drill;
  const mood = moodOf(state);
  const instance = instances.find(({ id }) => id === record?.instanceId);
  if (!record || instance?.state !== "running") return;
  const { launchedAt, copyId } = record;
  const loaded =
    launchedAt && now.getTime() - launchedAt.getTime() >= mood.loadMinutes * 60_000
      ? { state: "done" as const, since: launchedAt, until: now }
      : { state: "running" as const, since: launchedAt, until: null };
  const facts = { instanceId: instance.id, volume: copyId, at: now, loaded };
  const started = STARTED.get(state) ?? false;
  const said = started ? proofOf({ ...facts, ...(mood.serves && mood.start === "serves" ? {} : SILENT) }) : untouched({ ...facts, data: dataOf() });
  drill.proof = { kind: "report", report: mood.proof(said) };
}

const SILENT = {
  service: { state: "failed" as const, since: null },
  repositories: null,
  ping: { kind: "refused" as const },
  metadata: null,
  package: null,
  packageBecause: "Package Manager does not run",
};
