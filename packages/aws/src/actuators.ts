import type { Ledger } from "@steward/core/apply/ports";
import { copySnapshots } from "@steward/core/copies/copy";
import type { CopyBooks, CopyStore } from "@steward/core/copies/ports";
import { asCopies, COPIES, policyOfCopies, shelfOfCopies } from "@steward/core/copies/shelf";
import { Permanent, Retryable } from "@steward/core/errors";
import type { ImageStore, ImageWorld } from "@steward/core/image/ports";
import { clearLeftSnapshots, deregisterImage, disableImage } from "@steward/core/image/prune";
import { beginDrill } from "@steward/core/proof/begin";
import { beginDatabaseDrill } from "@steward/core/proof/database/begin";
import { askDatabaseProof, checkBucket, concludeDatabaseDrill, endDatabaseDrill, keepProven, restoreDatabase } from "@steward/core/proof/database/effects";
import type { DatabaseDrillMeans, DatabaseDrillWorld } from "@steward/core/proof/database/ports";
import { askCount, askProof, concludeDrill, launchProver, makeCopy, markProof, noteDrill, writeCopyDocument } from "@steward/core/proof/effects";
import type { DrillMeans, DrillWorld } from "@steward/core/proof/ports";
import { beginRestore, confirmRestore, makeRestoreVolume, noteRestored, writeRestoreDocument } from "@steward/core/restore/effects";
import type { RestoreMeans, RestoreWorld } from "@steward/core/restore/ports";
import type { DATABASE_DRILL, VOLUME_DRILL } from "@steward/core/runbooks/prove-restore";
import type { Actuators, Change, StepContext, StepOf } from "@steward/core/runbooks/steps";
import type { Keeping, SnapshotPolicy } from "@steward/core/settings/schema";
import { lockSnapshots } from "@steward/core/snapshots/locking";
import type { SnapshotWorld } from "@steward/core/snapshots/ports";
import { pruneSnapshots } from "@steward/core/snapshots/prune";
import { takeSnapshots } from "@steward/core/snapshots/take";
import type { Names } from "@steward/core/topology/names";
import type { AutoScaling } from "./auto-scaling.ts";
import { clientToken } from "./client-token.ts";
import type { Documents } from "./documents.ts";
import type { Images } from "./images.ts";
import type { LaunchTemplates } from "./launch-template.ts";
import type { Nodes } from "./nodes.ts";
import type { Parameters } from "./parameters.ts";
import type { Server } from "./server.ts";
import type { Vault } from "./vault.ts";
import { writeDocument } from "./write-document.ts";

export interface ActuatorsConfig {
  stage: string;
  autoScaling: AutoScaling;
  nodes: Nodes;
  server: Server;
  images: Images;
  templates: LaunchTemplates;
  documents: Documents;
  vault: Pick<Vault, "read">;
  parameters: Parameters;
  snapshots: SnapshotWorld["store"];
  /** Null where the settings copy none. */
  copies: CopyStore | null;
  ownImages: ImageStore;
  drills: DrillMeans;
  restores: RestoreMeans;
  databaseDrills: DatabaseDrillMeans;
  /** How snapshots and images are kept; undefined where nobody has said so: then nothing is deleted. */
  keeping: Keeping | undefined;
  ledger: Pick<Ledger, "rememberLineage" | "noteFirstDeploy" | "noteImage"> &
    SnapshotWorld["ledger"] &
    CopyBooks &
    DrillWorld["ledger"] &
    RestoreWorld["ledger"] &
    DatabaseDrillWorld["ledger"];
  names: Pick<Names, "launchTemplate">;
  now: () => Date;
}

/** Each possible change, done; safe to repeat. A step that comes after its `notAfter` is `Retryable`, and nothing happens. */
export function createActuators(config: ActuatorsConfig): Actuators {
  const { autoScaling, nodes, server, images, templates, documents, vault, parameters, ledger, names, now } = config;
  return {
    "restart-service": inTime(now, ({ instanceId }, context) => nodes.command([instanceId], "restart", context)),
    converge: inTime(now, ({ instanceId, format }, context) => nodes.command([instanceId], "converge", { ...context, ...(format && { format }) })),
    drain: inTime(now, ({ instanceId }, context) => nodes.command([instanceId], "drain", context)),
    isolate: inTime(now, (step) => autoScaling.enterStandby(step)),
    "set-desired-capacity": inTime(now, ({ desired }) => autoScaling.setDesiredCapacity(desired)),
    "remember-lineage": inTime(now, ({ instanceId, ancestor }) => ledger.rememberLineage(instanceId, ancestor)),
    "complete-lifecycle": inTime(now, (step) => autoScaling.completeLifecycle(step)),
    "attach-volume": inTime(now, ({ volumeId, instanceId }) => server.attachVolume(volumeId, instanceId)),
    "settle-volume": inTime(now, ({ volumeId }) => server.settleVolume(volumeId)),
    "move-address": inTime(now, ({ allocationId, instanceId }) => server.moveAddress(allocationId, instanceId)),
    "build-image": inTime(now, (_step, { key }) => images.build(clientToken(key))),
    "make-volume": inTime(now, ({ volume }, { key }) => server.makeVolume(volume, clientToken(key))),
    "write-document": inTime(now, (step) => writeDocument({ documents, vault, ledger }, step)),
    "write-template": inTime(now, ({ base, baseVersion, imageId }, { key }) => templates.write({ base, baseVersion, imageId, token: clientToken(key) })),
    "size-group": inTime(now, ({ template, ...sizes }) =>
      autoScaling.resize({ ...sizes, template: template === null ? null : { name: names.launchTemplate, version: template } }),
    ),
    "init-database": inTime(now, ({ instanceId, document }, context) => nodes.command([instanceId], "init-database", { ...context, document })),
    "remember-database": inTime(now, () => ledger.noteFirstDeploy({ what: "database", at: now() })),
    "commit-desired": inTime(now, ({ state }) => parameters.commit(state)),
    "take-snapshots": inTime(now, (step, context) => takeSnapshots(snapshotWorld(config), step, context)),
    "prune-snapshots": inTime(now, (step, context) => prune(config, step, context)),
    "lock-snapshots": inTime(now, async () => lockSnapshots(snapshotWorld(config), await keptBy(config))),
    "copy-snapshots": inTime(now, (_step, context) => copy(config, context)),
    "prune-copies": inTime(now, (step, context) => pruneCopies(config, step, context)),
    "disable-image": inTime(now, (step) => disableImage(imageWorld(config), step, imagePolicy(config))),
    "deregister-image": inTime(now, (step) => deregisterImage(imageWorld(config), step, imagePolicy(config))),
    "clear-left-snapshots": inTime(now, (step) => clearLeftSnapshots(imageWorld(config), step)),
    ...drillActuators(config),
    ...restoreActuators(config),
    ...databaseDrillActuators(config),
    retire: inTime(now, ({ instanceId }) => autoScaling.terminate(instanceId)),
  };
}

type DrillActuators = Pick<Actuators, (typeof VOLUME_DRILL)[number]>;

/** A drill's record says what was made already, so each of these happens once for a drill. */
function drillActuators(config: ActuatorsConfig): DrillActuators {
  const { drills: means, nodes, documents, snapshots, ledger, now } = config;
  const world: DrillWorld = { means, documents, snapshots, ledger, now };
  return {
    "begin-drill": inTime(now, (step, context) => beginDrill(world, step, context)),
    "ask-count": inTime(now, (step) => askCount(world, step)),
    "make-copy": inTime(now, (step) => makeCopy(world, step)),
    "write-drill-document": inTime(now, (step) => writeCopyDocument(world, step)),
    "launch-prover": inTime(now, (step) => launchProver(world, step)),
    "attach-copy": inTime(now, ({ copyId, instanceId }) => means.attach(copyId, instanceId)),
    "converge-copy": inTime(now, ({ instanceId, document, start }, context) => nodes.command([instanceId], "converge", { ...context, document, start })),
    "note-drill": inTime(now, (step) => noteDrill(world, step)),
    "ask-proof": inTime(now, (step) => askProof(world, step)),
    "conclude-drill": inTime(now, (step) => concludeDrill(world, step)),
    "mark-proof": inTime(now, (step) => markProof(world, step)),
    "remove-drill": inTime(now, ({ instanceIds, volumeIds }) => means.remove(instanceIds, volumeIds)),
  };
}

type RestoreActuators = Pick<
  Actuators,
  "begin-restore" | "make-restore-volume" | "write-restore-document" | "mark-volumes" | "end-server" | "note-restored" | "confirm-restore"
>;

/** A restore's record says what was made already, so each of these happens once for a restore. */
function restoreActuators({ restores: means, autoScaling, documents, ledger, now }: ActuatorsConfig): RestoreActuators {
  const world: RestoreWorld = { means, documents, ledger, now };
  return {
    "begin-restore": inTime(now, (step) => beginRestore(world, step)),
    "make-restore-volume": inTime(now, (step) => makeRestoreVolume(world, step)),
    "write-restore-document": inTime(now, (step) => writeRestoreDocument(world, step)),
    "mark-volumes": inTime(now, (step) => means.mark(step)),
    "end-server": inTime(now, ({ instanceId }) => autoScaling.terminate(instanceId)),
    "note-restored": inTime(now, (step) => noteRestored(world, step)),
    "confirm-restore": inTime(now, (step) => confirmRestore(world, step)),
  };
}

/** The same of a pair's: its record says what was made already. */
function databaseDrillActuators({ databaseDrills: means, ledger, now }: ActuatorsConfig): Pick<Actuators, (typeof DATABASE_DRILL)[number]> {
  const world: DatabaseDrillWorld = { means, ledger, now };
  return {
    "begin-database-drill": inTime(now, (step, context) => beginDatabaseDrill(world, step, context)),
    "restore-database": inTime(now, (step) => restoreDatabase(world, step)),
    "check-bucket": inTime(now, (step) => checkBucket(world, step)),
    "ask-database-proof": inTime(now, (step) => askDatabaseProof(world, step)),
    "conclude-database-drill": inTime(now, (step) => concludeDatabaseDrill(world, step)),
    "keep-proven": inTime(now, (step) => keepProven(world, step)),
    "remove-database-drill": inTime(now, ({ copyIds, keptIds }) => means.remove(copyIds, keptIds)),
    "end-database-drill": inTime(now, (step) => endDatabaseDrill(world, step)),
  };
}

const snapshotWorld = ({ stage, snapshots: store, nodes, ledger, now }: ActuatorsConfig): SnapshotWorld & { stage: string } => ({
  stage,
  store,
  nodes,
  ledger,
  now,
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
});

const imageWorld = ({ ownImages: store, ledger, now }: ActuatorsConfig): ImageWorld => ({ store, ledger, now });

function imagePolicy({ keeping }: ActuatorsConfig): Keeping["images"] {
  if (!keeping) throw new Permanent("nobody has said which images are kept: none is taken away");
  return keeping.images;
}

async function prune(config: ActuatorsConfig, step: StepOf<"prune-snapshots">, context: StepContext): Promise<void> {
  await pruneSnapshots(snapshotWorld(config), step, { ...context, ...(await keptBy(config)) });
}

const copiesOf = ({ copies }: ActuatorsConfig): CopyStore => {
  if (!copies) throw new Permanent("this stage copies no snapshots: there is no other region");
  return copies;
};

async function copy(config: ActuatorsConfig, { key }: StepContext): Promise<void> {
  const { stage, snapshots: store, ledger, now } = config;
  await copySnapshots({ stage, store, copies: copiesOf(config), ledger, now }, { ...(await keptBy(config)), key });
}

/** What EC2 has there is looked at as the planner counts copies, and goes by their own rules. */
async function pruneCopies(config: ActuatorsConfig, step: StepOf<"prune-copies">, context: StepContext): Promise<void> {
  const copies = copiesOf(config);
  const { policy } = await keptBy(config);
  if (!policy.copy) throw new Permanent("this stage copies no snapshots: there are no rules by which to delete any");
  const facts = async () => shelfOfCopies(await copies.facts(null));
  const again = async (ids: string[]) => asCopies(await copies.again(ids));
  const world = snapshotWorld(config);
  const store = { ...world.store, facts, again, delete: copies.delete };
  await pruneSnapshots({ ...world, store }, step, { ...context, volumeId: COPIES, policy: policyOfCopies(policy, policy.copy), copies: true });
}

/** By which rules snapshots of which volume are kept. */
async function keptBy({ server, parameters, keeping }: ActuatorsConfig): Promise<{ volumeId: string | null; policy: SnapshotPolicy }> {
  const policy = keeping?.snapshots;
  if (!policy) throw new Permanent("this stage keeps no snapshots: there are no rules by which to delete any");
  const inEffect = (await parameters.desired())?.dataVolume;
  return { volumeId: (await server.dataVolume(inEffect))?.id ?? null, policy };
}

/** AWS knows no fencing token here, so the last look at the clock is right before the effect. */
const inTime =
  <K extends Change>(now: () => Date, act: (step: StepOf<K>, context: StepContext) => Promise<void>) =>
  async (step: StepOf<K>, context: StepContext): Promise<void> => {
    if (now() > context.notAfter) throw new Retryable(`too late to ${step.do}: it should have begun by ${context.notAfter.toISOString()}`);
    await act(step, context);
  };
