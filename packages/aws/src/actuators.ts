import { createHash } from "node:crypto";
import type { Ledger } from "@steward/core/apply/ports";
import { Permanent, Retryable } from "@steward/core/errors";
import type { Actuators, Change, StepContext, StepOf } from "@steward/core/runbooks/steps";
import type { SnapshotPolicy } from "@steward/core/settings/schema";
import type { SnapshotWorld } from "@steward/core/snapshots/ports";
import { pruneSnapshots } from "@steward/core/snapshots/prune";
import { takeSnapshots } from "@steward/core/snapshots/take";
import type { Names } from "@steward/core/topology/names";
import type { AutoScaling } from "./auto-scaling.ts";
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
  /** How snapshots are kept; null where there is no data volume to make them of. */
  keeping: SnapshotPolicy | null;
  ledger: Pick<Ledger, "rememberLineage" | "noteFirstDeploy"> & SnapshotWorld["ledger"];
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
    "build-image": inTime(now, (_step, { key }) => images.build(token(key))),
    "make-volume": inTime(now, ({ volume }, { key }) => server.makeVolume(volume, token(key))),
    "write-document": inTime(now, (step) => writeDocument({ documents, vault, ledger }, step)),
    "write-template": inTime(now, ({ base, baseVersion, imageId }, { key }) => templates.write({ base, baseVersion, imageId, token: token(key) })),
    "size-group": inTime(now, ({ template, ...sizes }) =>
      autoScaling.resize({ ...sizes, template: template === null ? null : { name: names.launchTemplate, version: template } }),
    ),
    "init-database": inTime(now, ({ instanceId, document }, context) => nodes.command([instanceId], "init-database", { ...context, document })),
    "remember-database": inTime(now, () => ledger.noteFirstDeploy({ what: "database", at: now() })),
    "commit-desired": inTime(now, ({ state }) => parameters.commit(state)),
    "take-snapshots": inTime(now, (step, context) => takeSnapshots(snapshotWorld(config), step, context)),
    "prune-snapshots": inTime(now, (step, context) => prune(config, step, context)),
    retire: inTime(now, ({ instanceId }) => autoScaling.terminate(instanceId)),
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

async function prune(config: ActuatorsConfig, step: StepOf<"prune-snapshots">, context: StepContext): Promise<void> {
  const { server, keeping: policy } = config;
  if (policy === null) throw new Permanent("this stage keeps no snapshots: there are no rules by which to delete any");
  const volumeId = (await server.dataVolume())?.id ?? null;
  await pruneSnapshots(snapshotWorld(config), step, { ...context, volumeId, policy });
}

/** AWS knows no fencing token here, so the last look at the clock is right before the effect. */
const inTime =
  <K extends Change>(now: () => Date, act: (step: StepOf<K>, context: StepContext) => Promise<void>) =>
  async (step: StepOf<K>, context: StepContext): Promise<void> => {
    if (now() > context.notAfter) throw new Retryable(`too late to ${step.do}: it should have begun by ${context.notAfter.toISOString()}`);
    await act(step, context);
  };

/** A client token out of a name: Image Builder takes 36 characters at most, EC2 64. */
const token = (name: string): string => createHash("sha256").update(name).digest("hex").slice(0, 32);
