import { defaultPolicy } from "@steward/core/fleet/policy";
import { clearLeftSnapshots, deregisterImage, disableImage } from "@steward/core/image/prune";
import type { Actuators, Change, Step, StepContext, StepOf } from "@steward/core/runbooks/steps";
import { lockSnapshots } from "@steward/core/snapshots/locking";
import { pruneSnapshots } from "@steward/core/snapshots/prune";
import { takeSnapshots } from "@steward/core/snapshots/take";
import { singleSettings } from "../../settings.ts";
import { reports } from "../builders.ts";
import { type DatabaseDrillActuators, databaseDrillActuators } from "../proof/database/lab.ts";
import { type DrillActuators, drillActuators } from "../proof/lab.ts";
import { type RestoreActuators, restoreActuators } from "../restore/bench.ts";
import { VOLUME, worldOf } from "../snapshots/cloud.ts";
import { onFounding } from "./fake-founding.ts";
import { fakeLedger } from "./fake-ledger.ts";
import { become, goes, HEALTHY, INITIAL, launchStandIn, lifecycleOf, receiptsOf, runOnNode } from "./fake-machines.ts";
import type { Ground, Temper } from "./fake-world.ts";

/** One kind of change: whether it is still to be made, and how it is made. */
type Make<K extends Change> = [isNew: (step: StepOf<K>, context: StepContext) => boolean, effect: (step: StepOf<K>, context: StepContext) => void];
type Kept =
  | "take-snapshots"
  | "prune-snapshots"
  | "lock-snapshots"
  | "copy-snapshots"
  | "prune-copies"
  | "disable-image"
  | "deregister-image"
  | "clear-left-snapshots"
  | keyof DrillActuators
  | keyof RestoreActuators
  | keyof DatabaseDrillActuators;
export type Makes = { [K in Exclude<Change, Kept>]: Make<K> };

/** Actuators that note every command and make every change once. */
export function actuatorsOf(ground: Ground, temper: Temper): Actuators {
  const makes: Makes = { ...onNodes(ground, temper), ...onGroup(ground), ...onFounding(ground) };
  const actuators = Object.entries(makes).map(([verb, make]) => [verb, actuator(ground, make)]);
  return {
    ...(Object.fromEntries(actuators) as Omit<Actuators, Kept>),
    ...onSnapshots(ground),
    ...onImages(ground),
    ...drillActuators(ground),
    ...restoreActuators(ground),
    ...databaseDrillActuators(ground),
  };
}

/** So is what is done about images. */
function onImages({ state, now, commands, gallery }: Ground): Pick<Actuators, "disable-image" | "deregister-image" | "clear-left-snapshots"> {
  const world = { store: gallery.store, ledger: fakeLedger(state).ledger, now };
  const { images } = defaultPolicy.keeping;
  return {
    "disable-image": async (step, context) => {
      commands.push({ what: `disable-image ${step.imageId}`, context });
      await disableImage(world, step, images);
    },
    "deregister-image": async (step, context) => {
      commands.push({ what: `deregister-image ${step.imageId}`, context });
      await deregisterImage(world, step, images);
    },
    "clear-left-snapshots": async (step, context) => {
      commands.push({ what: "clear-left-snapshots", context });
      await clearLeftSnapshots(world, step);
    },
  };
}

/** What is done about snapshots is orchestrated by core itself, over a small account. */
function onSnapshots(ground: Ground): Pick<Actuators, "take-snapshots" | "prune-snapshots" | "lock-snapshots" | "copy-snapshots" | "prune-copies"> {
  const { sky, now, pass, commands } = ground;
  const world = worldOf(sky, fakeLedger(ground.state).ledger, { now, pass });
  const policy = singleSettings().snapshots;
  return {
    "take-snapshots": async (step, context) => {
      commands.push({ what: "take-snapshots", context });
      await takeSnapshots(world, step, context);
    },
    "prune-snapshots": async (step, context) => {
      commands.push({ what: "prune-snapshots", context });
      await pruneSnapshots(world, step, { ...context, volumeId: VOLUME, policy });
    },
    "copy-snapshots": async (_step, context) => void commands.push({ what: "copy-snapshots", context }),
    "prune-copies": async (_step, context) => void commands.push({ what: "prune-copies", context }),
    "lock-snapshots": async (_step, context) => {
      commands.push({ what: "lock-snapshots", context });
      await lockSnapshots(world, { volumeId: VOLUME, policy: { ...policy, lock: { newest: 2, days: 7 } } });
    },
  };
}

const actuator =
  ({ commands, effects }: Ground, [isNew, effect]: Makes[keyof Makes]) =>
  async (step: Step, context: StepContext) => {
    const { because: _because, do: verb, ...rest } = step;
    const what = [verb, ...Object.values(rest).filter((value) => typeof value !== "object")].join(" ");
    commands.push({ what, context });
    if (!isNew(step as never, context)) return;
    effects.push(what);
    effect(step as never, context);
  };

function onNodes(ground: Ground, temper: Temper): Pick<Makes, "restart-service" | "converge" | "drain" | "remember-lineage"> {
  const { state } = ground;
  const isNew = ({ instanceId }: { instanceId: string }, { key }: StepContext) => !receiptsOf(ground, instanceId).some((receipt) => receipt.key === key);
  const well = (instanceId: string) => ({ probe: reports({ instanceId }) });
  const ends = { helps: "done", useless: "done", works: "done", hangs: "done", fails: "failed" } as const;
  return {
    "restart-service": [
      isNew,
      ({ instanceId }, context) => {
        const afterwards = temper.restart === "helps" ? { ...HEALTHY, ...well(instanceId) } : {};
        runOnNode(ground, { instanceId, seconds: 20, outcome: ends[temper.restart], afterwards }, context);
      },
    ],
    converge: [
      isNew,
      ({ instanceId }, context) => {
        const afterwards = temper.converge === "works" ? well(instanceId) : {};
        runOnNode(ground, { instanceId, seconds: 40, outcome: ends[temper.converge], afterwards }, context);
      },
    ],
    drain: [
      isNew,
      ({ instanceId }, context) => runOnNode(ground, { instanceId, seconds: temper.drain === "works" ? 15 : 86_400, outcome: "done", afterwards: {} }, context),
    ],
    "remember-lineage": [
      ({ instanceId, ancestor }) => state.lineage[instanceId] !== ancestor,
      ({ instanceId, ancestor }) => void Object.assign(state.lineage, { [instanceId]: ancestor }),
    ],
  };
}

function onGroup(ground: Ground): Pick<Makes, "isolate" | "set-desired-capacity" | "complete-lifecycle" | "retire"> {
  const { state } = ground;
  return {
    isolate: [({ instanceId }) => lifecycleOf(ground, instanceId) === "InService", (step) => isolate(ground, step)],
    "set-desired-capacity": [
      ({ desired }) => state.group.desired !== desired,
      ({ desired }) => {
        state.group.desired = desired;
        launchStandIn(ground);
      },
    ],
    "complete-lifecycle": [({ instanceId }) => lifecycleOf(ground, instanceId).endsWith(":Wait"), (step) => completeLifecycle(ground, step)],
    retire: [
      ({ instanceId }) => !lifecycleOf(ground, instanceId).startsWith("Terminating"),
      ({ instanceId }) => {
        become(ground, instanceId, { lifecycle: "Terminating:Wait", target: null });
        goes(ground, instanceId);
      },
    ],
  };
}

function isolate(ground: Ground, { instanceId, keepDesired }: StepOf<"isolate">): void {
  become(ground, instanceId, { lifecycle: "EnteringStandby", target: { state: "draining", reason: null } });
  ground.later(30, () => become(ground, instanceId, { lifecycle: "Standby", target: null }));
  if (keepDesired) launchStandIn(ground);
  if (!keepDesired) ground.state.group.desired -= 1;
}

function completeLifecycle(ground: Ground, { instanceId, result }: StepOf<"complete-lifecycle">): void {
  const admitted = lifecycleOf(ground, instanceId).startsWith("Pending") && result === "CONTINUE";
  become(ground, instanceId, { lifecycle: admitted ? "Pending:Proceed" : "Terminating:Proceed" });
  if (!admitted) goes(ground, instanceId);
  if (admitted) ground.later(5, () => become(ground, instanceId, INITIAL));
  if (admitted) ground.later(25, () => become(ground, instanceId, HEALTHY));
}
