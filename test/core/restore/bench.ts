import type { FleetFacts } from "@steward/core/fleet/facts";
import { findNode } from "@steward/core/fleet/standing";
import { beginRestore, confirmRestore, makeRestoreVolume, noteRestored, writeRestoreDocument } from "@steward/core/restore/effects";
import type { RestoreFacts, RestoreVolume } from "@steward/core/restore/facts";
import { keptName } from "@steward/core/restore/marked";
import type { RestoreMeans, RestoreWorld } from "@steward/core/restore/ports";
import type { Actuators } from "@steward/core/runbooks/steps";
import { fakeLedger } from "../apply/fake-ledger.ts";
import { become, HEALTHY, INITIAL } from "../apply/fake-machines.ts";
import type { Ground } from "../apply/fake-world.ts";
import { node, reports, THIRD } from "../builders.ts";
import { effective } from "../proof/builders.ts";
import { RESTORED, volume } from "./builders.ts";

type RestoreChange = Extract<
  keyof Actuators,
  "begin-restore" | "make-restore-volume" | "write-restore-document" | "mark-volumes" | "end-server" | "note-restored" | "confirm-restore"
>;
export type RestoreActuators = Pick<Actuators, RestoreChange>;

const restoreOf = (state: FleetFacts): RestoreFacts => {
  state.restore ??= { record: null, volumes: [] };
  return state.restore;
};

const find = (state: FleetFacts, id: string): RestoreVolume | undefined => restoreOf(state).volumes.find((one) => one.id === id);

/** A restore is orchestrated by core itself, over one server and its volumes, which take their time. */
export function restoreActuators(ground: Ground): RestoreActuators {
  const { ledger } = fakeLedger(ground.state);
  const documents: RestoreWorld["documents"] = { read: async () => JSON.stringify(effective()), write: async () => undefined };
  const world: RestoreWorld = { means: meansOf(ground), documents, ledger, now: ground.now };
  const noted =
    <S extends { do: string }>(act: (step: S) => Promise<void>) =>
    async (step: S, context: Parameters<Actuators["end-server"]>[1]) => {
      ground.commands.push({ what: step.do, context });
      await act(step);
    };
  return {
    "begin-restore": noted((step) => beginRestore(world, step)),
    "make-restore-volume": noted((step) => makeRestoreVolume(world, step)),
    "write-restore-document": noted((step) => writeRestoreDocument(world, step)),
    "mark-volumes": noted((step) => world.means.mark(step)),
    "end-server": noted(async ({ instanceId }) => endServer(ground, instanceId)),
    "note-restored": noted((step) => noteRestored(world, step)),
    "confirm-restore": noted((step) => confirmRestore(world, step)),
  };
}

function meansOf({ state, effects, later }: Ground): RestoreMeans {
  return {
    makeVolume: async ({ snapshotId }) => {
      if (!find(state, RESTORED)) {
        effects.push(`make a volume of ${snapshotId}`);
        restoreOf(state).volumes.push(volume({ id: RESTORED, state: "creating", name: "steward-demo-data-restored" }));
        later(20, () => Object.assign(find(state, RESTORED) ?? {}, { state: "available" }));
      }
      return RESTORED;
    },
    mark: async ({ id, volumeId, kept }) => {
      for (const one of kept) Object.assign(find(state, one) ?? {}, { name: keptName("demo"), keptFor: id });
      Object.assign(find(state, volumeId) ?? {}, { name: "steward-demo-data", keptFor: null });
    },
    release: async (ids) => {
      for (const id of ids) Object.assign(find(state, id) ?? {}, { keptFor: null });
    },
  };
}

/** Its group ends it and brings the third, which gets the volume in effect by an ordinary admission once the former one is free. */
function endServer(ground: Ground, instanceId: string): void {
  const { state, effects, later } = ground;
  if (findNode(state, instanceId)?.lifecycle !== "InService") return;
  effects.push(`end ${instanceId}`);
  become(ground, instanceId, { lifecycle: "Terminating:Wait", target: null });
  later(40, () => {
    become(ground, instanceId, { lifecycle: null, ec2: "terminated" });
    for (const one of restoreOf(state).volumes.filter(({ attachedTo }) => attachedTo === instanceId))
      Object.assign(one, { state: "available", attachedTo: null });
    state.nodes.push(
      node({ instanceId: THIRD, launchedAt: ground.now(), lifecycle: "Pending:Wait", target: null, probe: { kind: "unknown", because: "it boots" } }),
    );
  });
  later(100, () => {
    Object.assign(find(state, state.desired?.dataVolume ?? "") ?? {}, { state: "in-use", attachedTo: THIRD });
    state.address = { allocationId: "eipalloc-1", instanceId: THIRD };
    become(ground, THIRD, { ...INITIAL, ...HEALTHY, probe: reports({ instanceId: THIRD }) });
  });
}
