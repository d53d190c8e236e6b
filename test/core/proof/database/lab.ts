import { Retryable } from "@steward/core/errors";
import type { DatabaseReport } from "@steward/core/fleet/database-report";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { beginDatabaseDrill } from "@steward/core/proof/database/begin";
import type { VersionPage } from "@steward/core/proof/database/bucket";
import { askDatabaseProof, checkBucket, concludeDatabaseDrill, endDatabaseDrill, keepProven, restoreDatabase } from "@steward/core/proof/database/effects";
import type { DatabaseDrillFacts } from "@steward/core/proof/database/facts";
import type { DatabaseDrillMeans, DatabaseDrillWorld } from "@steward/core/proof/database/ports";
import type { DATABASE_DRILL } from "@steward/core/runbooks/prove-restore";
import type { Actuators } from "@steward/core/runbooks/steps";
import { fakeLedger } from "../../apply/fake-ledger.ts";
import type { Ground } from "../../apply/fake-world.ts";
import { copy, kept, noDrill, reportOf } from "./builders.ts";

/** How RDS, the nodes and the bucket take what is asked of them. */
export interface DatabaseMood {
  restores: "available" | "failed" | "never";
  /** What a node says when it is asked; null where it says nothing that is understood. */
  report: (report: DatabaseReport) => DatabaseReport | null;
  versioning: string;
  pages: readonly VersionPage[];
  keeps: "available" | "failed" | "never";
  /** Calls, counted from 0, that have their effect and whose answer is lost. */
  loses: readonly number[];
}

const MOODS = new WeakMap<FleetFacts, DatabaseMood>();
const CALM: DatabaseMood = {
  restores: "available",
  report: (said) => said,
  versioning: "Enabled",
  pages: [{ entries: [], next: null }],
  keeps: "available",
  loses: [],
};

/** Lets drills of this world take things so. */
export const setDatabaseMood = (state: FleetFacts, mood: Partial<DatabaseMood>): void => void MOODS.set(state, { ...CALM, ...mood });
const moodOf = (state: FleetFacts): DatabaseMood => MOODS.get(state) ?? CALM;

/** What proofs have said on snapshots. */
export const MARKS = new WeakMap<FleetFacts, Map<string, string>>();

const drillOf = (state: FleetFacts): DatabaseDrillFacts => {
  state.databaseDrill ??= noDrill();
  return state.databaseDrill;
};

export type DatabaseDrillActuators = Pick<Actuators, (typeof DATABASE_DRILL)[number]>;

/** A drill is orchestrated by core itself, over a small RDS that takes its time. */
export function databaseDrillActuators(ground: Ground): DatabaseDrillActuators {
  const means = losing(ground.state, meansOf(ground));
  const world: DatabaseDrillWorld = { means, ledger: fakeLedger(ground.state).ledger, now: ground.now };
  return {
    "begin-database-drill": (step, context) => beginDatabaseDrill(world, step, context),
    "restore-database": (step) => restoreDatabase(world, step),
    "check-bucket": (step) => checkBucket(world, step),
    "ask-database-proof": (step) => askDatabaseProof(world, step),
    "conclude-database-drill": (step) => concludeDatabaseDrill(world, step),
    "keep-proven": (step) => keepProven(world, step),
    "remove-database-drill": ({ copyIds, keptIds }) => means.remove(copyIds, keptIds),
    "end-database-drill": (step) => endDatabaseDrill(world, step),
  };
}

/** The engine repeats what had no answer; here it breaks off its run. */
function losing(state: FleetFacts, means: DatabaseDrillMeans): DatabaseDrillMeans {
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

/** Named after the drill, so that nothing is made twice. */
function meansOf({ state, later, now, effects }: Ground): DatabaseDrillMeans {
  const own = () => drillOf(state);
  return {
    snapshots: async () => ({ databaseId: "steward-demo", snapshots: structuredClone(own().snapshots), latestRestorableAt: now() }),
    async restore(id) {
      const made = copy({ id: `steward-demo-drill-${id}`, drillId: id, status: "creating", madeAt: null, host: null, port: null });
      if (own().copies.some((other) => other.id === made.id)) return made.id;
      effects.push(`restore ${id}`);
      own().copies.push(made);
      const { restores } = moodOf(state);
      if (restores === "never") return made.id;
      later(1_500, () => {
        const found = own().copies.find((other) => other.id === made.id);
        if (found) Object.assign(found, { ...copy(), id: made.id, drillId: id, status: restores, madeAt: now() });
      });
      return made.id;
    },
    async ask(instanceId) {
      own().answer = { kind: "running" };
      later(60, () => {
        const report = moodOf(state).report(reportOf({ instanceId, at: now() }));
        own().answer = report ? { kind: "report", report } : { kind: "unknown", because: "the report is cut off" };
      });
      return `command-${now().toISOString()}`;
    },
    async keep(id) {
      const made = kept({ id: `steward-demo-proven-${id}`, drillId: id, status: "creating", madeAt: now() });
      if (own().kept.some((other) => other.id === made.id)) return made.id;
      own().kept.push(made);
      const { keeps } = moodOf(state);
      if (keeps !== "never") later(600, () => Object.assign(own().kept.find((other) => other.id === made.id) ?? {}, { status: keeps }));
      return made.id;
    },
    async remove(copyIds, keptIds) {
      for (const found of own().copies.filter(({ id, status }) => copyIds.includes(id) && status !== "creating" && status !== "deleting")) {
        found.status = "deleting";
        later(300, () => {
          own().copies = own().copies.filter((other) => other !== found);
        });
      }
      own().kept = own().kept.filter(({ id }) => !keptIds.includes(id));
    },
    async mark(snapshotId, proof) {
      const marks = MARKS.get(state) ?? new Map<string, string>();
      MARKS.set(state, marks.set(snapshotId, "failed" in proof ? `failed: ${proof.failed}` : "proven"));
    },
    bucketSettings: async () => ({ versioning: moodOf(state).versioning, expiry: [] }),
    bucketPage: async (from) => moodOf(state).pages[Number(from?.key ?? 0)] ?? { entries: [], next: null },
  };
}
