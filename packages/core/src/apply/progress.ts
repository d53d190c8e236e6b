import type { FleetFacts, NodeFacts } from "../fleet/facts.ts";
import type { Policy } from "../fleet/policy.ts";
import type { CommandReceipt, ProbeReport } from "../fleet/probe.ts";
import { differences, findNode, isCounted, isDeregistered, isEnded, isGone, isServing, servingBesides } from "../fleet/standing.ts";
import { isSick } from "../health/triage.ts";
import { planLeft } from "../image/left-snapshots.ts";
import { type ImageLine, planImages } from "../image/retention.ts";
import { notFenced, restoringIn } from "../restore/standing.ts";
import type { Change, Step, StepOf } from "../runbooks/steps.ts";
import { isHeldByAnother } from "../snapshots/held.ts";
import { names } from "../topology/names.ts";
import { DATABASE_DRILL_DEADLINES, DATABASE_DRILL_PROGRESS } from "./database-drill-progress.ts";
import { DRILL_DEADLINES, DRILL_PROGRESS } from "./drill-progress.ts";
import type { Look } from "./ports.ts";
import { RESTORE_DEADLINES, RESTORE_PROGRESS } from "./restore-progress.ts";
import type { Duration } from "./run.ts";
import { byOutcome, done, due, impossible, type Progress, pending, type Standing } from "./step-progress.ts";

const vanished = (instanceId: string): Progress => ({ kind: "impossible", because: `${instanceId} is gone`, vanished: true });

type ProgressOf = { [K in Change]: (step: StepOf<K>, facts: FleetFacts, standing: Standing) => Progress };

const PROGRESS: ProgressOf = {
  "restart-service": (step, facts, standing) => byReceipt(step.instanceId, facts, standing, `${step.instanceId} is restarting Package Manager`),
  converge: ({ instanceId }, facts, standing) => {
    const node = findNode(facts, instanceId);
    if (!node || isLeaving(node)) return vanished(instanceId);
    const open = differences(node, facts.desired);
    if (open.length === 0) return done;
    if (node.probe.kind !== "report") return pending(`${instanceId} has not reported yet`);
    const progress = byReceipt(instanceId, facts, standing, `${instanceId}: ${open.join(", ")}`);
    return progress.kind === "done" ? impossible(`${instanceId} converged, yet ${open.join(", ")}`) : progress;
  },
  isolate: ({ instanceId, keepDesired }, facts, standing) => {
    const node = findNode(facts, instanceId);
    if (!node || isGone(node) || node.lifecycle?.startsWith("Terminating")) return done;
    if (node.lifecycle === "Standby") return isDeregistered(node) ? done : pending(`${instanceId} is still ${node.target?.state}`);
    if (node.lifecycle !== "InService") return pending(`${instanceId} is ${node.lifecycle}`);
    if (keepDesired && !standing.applied && isServing(node)) return impossible(`${instanceId} serves again: it stays`);
    const others = servingBesides(facts, instanceId);
    if (!keepDesired && others < standing.policy.capacity)
      return pending(`${others} other nodes serve, ${standing.policy.capacity} should before ${instanceId} leaves`);
    return standing.applied ? pending(`${instanceId} is leaving the balancer`) : due;
  },
  drain: ({ instanceId }, facts, standing) => {
    const behindBalancer = standing.policy.topology === "ha";
    const node = findNode(facts, instanceId);
    if (node?.ec2 !== "running" || node.probe.kind === "unknown") return done;
    if (behindBalancer && !isDeregistered(node)) return pending(`${instanceId} still finishes requests (${node.target?.state})`);
    if (node.probe.kind === "report" && !isAnswering(node.probe.report)) return done;
    return byReceipt(instanceId, facts, standing, `${instanceId} is finishing its work`);
  },
  "set-desired-capacity": ({ desired }, facts) => {
    if (facts.group.desired === desired) return done;
    // A group with more nodes than it should have chooses by itself which one goes, and may choose one that serves.
    const counted = facts.nodes.filter(isCounted).length + facts.group.activities.length;
    return facts.group.desired > desired && counted > desired ? pending(`the group has ${counted} nodes or is about to`) : due;
  },
  "remember-lineage": ({ instanceId, ancestor }, facts) => (facts.lineage[instanceId] === ancestor ? done : due),
  "complete-lifecycle": (step, facts) =>
    step.hook === names(facts.stage).launchHook
      ? launchHookProgress(step, findNode(facts, step.instanceId))
      : terminateHookProgress(step, findNode(facts, step.instanceId)),
  "attach-volume": ({ volumeId, instanceId }, facts) => {
    const { dataVolume } = facts;
    const node = findNode(facts, instanceId);
    if (!node || isLeaving(node)) return vanished(instanceId);
    if (dataVolume?.id !== volumeId) return impossible(`${volumeId} is not the fleet's data volume any more`);
    if (dataVolume.attachedTo === instanceId) return dataVolume.state === "in-use" ? done : pending(`${volumeId} is being attached`);
    if (dataVolume.state !== "available")
      return pending(`${volumeId} is ${dataVolume.state}${dataVolume.attachedTo ? ` with ${dataVolume.attachedTo}` : ""}: it is not free`);
    if (node.ec2 !== "running") return pending(`${instanceId} is ${node.ec2 ?? "not there yet"}`);
    const restoring = restoringIn(facts);
    const unproven = restoring && notFenced(restoring);
    return unproven === undefined ? due : pending(unproven);
  },
  "settle-volume": ({ volumeId }, { dataVolume }) => (dataVolume?.id === volumeId && dataVolume.isNew ? due : done),
  "move-address": ({ instanceId }, facts) => {
    const node = findNode(facts, instanceId);
    if (!node || isLeaving(node)) return vanished(instanceId);
    if (!facts.address) return impossible("there is no address by the fleet's name");
    const holder = facts.address.instanceId;
    if (holder === instanceId) return done;
    return holder ? pending(`${holder} still has the address: it lets go of it when it is ended through its group`) : due;
  },
  "build-image": (_step, { builds }, { applied }) => {
    if (builds === null) return pending("nobody has asked Image Builder");
    if (builds.some(({ state }) => state === "under-way")) return done;
    return applied ? pending("Image Builder has not begun yet") : due;
  },
  "make-volume": (_step, { dataVolume }, { applied }) => {
    if (dataVolume) return dataVolume.state === "creating" ? pending(`${dataVolume.id} is being made`) : done;
    return applied ? pending("the volume does not show yet") : due;
  },
  "write-document": ({ declared, sha256, keyFingerprint }, { firstDeploy }) => {
    const written = firstDeploy?.record.written;
    const same = written?.declared === declared.sha256 && written.state.document.sha256 === sha256 && written.state.keyFingerprint === keyFingerprint;
    return same ? done : due;
  },
  "write-template": ({ imageId, baseVersion }, { firstDeploy }, { applied }) => {
    if (firstDeploy?.template?.imageId === imageId && firstDeploy.template.base === baseVersion) return done;
    return applied ? pending("the new version does not show yet") : due;
  },
  "size-group": ({ min, max, desired, template }, { group, stage }) => {
    const same = group.min === min && group.max === max && group.desired === desired;
    const own = group.template?.name === names(stage).launchTemplate && group.template.version === String(template);
    return same && (template === null || own) ? done : due;
  },
  "init-database": ({ instanceId }, facts, standing) => byReceipt(instanceId, facts, standing, `${instanceId} is making logins and schemas`),
  "remember-database": (_step, { firstDeploy }) => (firstDeploy?.record.databaseAt ? done : due),
  "commit-desired": ({ state }, { desired }) => {
    if (desired?.revision === state.revision && desired.document.sha256 === state.document.sha256) return done;
    return desired && desired.revision >= state.revision ? impossible(`revision ${desired.revision} is in effect already`) : due;
  },
  "take-snapshots": ({ slot, instead }, { slots, at }, { key, applied }) => {
    const record = slots.find((other) => other.slot.getTime() === slot.getTime());
    if (!record) return due;
    // Whoever finds that the set which it was to make up for is good after all leaves the record as it is.
    if (record.state === "made") return instead === undefined || record.attempt > instead || applied ? done : due;
    if (record.state === "failed" && record.key === key) return impossible(record.because ?? "the attempt came to nothing");
    return isHeldByAnother(record, key, at) ? pending(`${record.key} is at this slot`) : due;
  },
  "prune-snapshots": (_step, facts, standing) => pruningProgress(facts, standing),
  "prune-copies": (_step, facts, standing) => pruningProgress(facts, standing),
  // EC2's answer to the lock is the lock itself; whoever keeps snapshots looks again within minutes.
  "lock-snapshots": (_step, _facts, { applied }) => (applied ? done : due),
  "copy-snapshots": (_step, _facts, { applied }) => (applied ? done : due),
  "disable-image": (step, facts, standing) => imageProgress(step, facts, { ...standing, verdict: "disable" }),
  "deregister-image": (step, facts, standing) => imageProgress(step, facts, { ...standing, verdict: "deregister" }),
  "clear-left-snapshots": leftProgress,
  ...DRILL_PROGRESS,
  ...RESTORE_PROGRESS,
  ...DATABASE_DRILL_PROGRESS,
  retire: ({ instanceId }, facts, standing) => {
    const node = findNode(facts, instanceId);
    if (!node || isGone(node)) return done;
    if (node.lifecycle?.startsWith("Terminating") || node.lifecycle === null) return pending(`${instanceId} is ${node.lifecycle ?? node.ec2}`);
    const others = servingBesides(facts, instanceId);
    if (others < standing.policy.capacity && !isReplaced(node, facts, standing.policy))
      return pending(`${others} of ${standing.policy.capacity} nodes serve; ${instanceId} goes when its stand-in does`);
    return standing.applied ? pending(`${instanceId} is leaving`) : due;
  },
};

function pruningProgress({ prunings }: FleetFacts, { key }: Standing): Progress {
  const record = prunings.find((other) => other.key === key);
  if (!record || record.endedAt === null) return { kind: "more" };
  return record.status === "refused" ? impossible(record.because ?? "too much is due at once") : done;
}

/** Done when the plan asks for it no more: it was done, or somebody wants the image after all. */
function imageProgress(
  { imageId }: { imageId: string },
  { ownImages }: FleetFacts,
  { applied, policy, verdict }: Standing & { verdict: ImageLine["verdict"] },
): Progress {
  if (ownImages === null) return pending("nobody has looked at the images");
  const line = planImages(ownImages, policy.keeping.images, ownImages.at).find((other) => other.imageId === imageId);
  if (line?.verdict !== verdict) return done;
  return applied ? pending(`EC2 still shows ${imageId} as it was`) : due;
}

/** Done when the plan asks for nothing more with any of them. */
function leftProgress({ snapshotIds }: { snapshotIds: string[] }, { ownImages }: FleetFacts, { applied }: Standing): Progress {
  if (ownImages === null) return pending("nobody has looked at the images");
  const open = planLeft(ownImages, ownImages.at).filter(({ snapshotId, verdict }) => snapshotIds.includes(snapshotId) && verdict !== "keep");
  if (open.length === 0) return done;
  return applied ? pending(`EC2 still shows ${open.length} of them as they were`) : due;
}

/** Gone, or on its way: nothing is done to it any more. */
const isLeaving = (node: NodeFacts): boolean => isGone(node) || isEnded(node) || (node.lifecycle?.startsWith("Terminating") ?? false);

/** One that serves nobody is in nobody's way: it goes when its stand-in serves, although another node may have fallen sick meanwhile. */
function isReplaced(node: NodeFacts, facts: FleetFacts, { capacity }: Policy): boolean {
  const others = facts.nodes.filter(({ instanceId, lifecycle }) => instanceId !== node.instanceId && lifecycle === "InService");
  return isDeregistered(node) && others.length >= capacity && others.some(isServing) && others.every((other) => isServing(other) || isSick(other));
}

/** One that answers nobody has no work to finish. */
const isAnswering = ({ service, ping }: ProbeReport): boolean => service.state === "active" && ping.kind === "answer";

function launchHookProgress({ instanceId, result }: StepOf<"complete-lifecycle">, node: NodeFacts | undefined): Progress {
  if (node?.lifecycle === "Pending:Wait") return due;
  if (!node?.lifecycle || node.lifecycle.startsWith("Terminating")) return result === "ABANDON" ? done : vanished(instanceId);
  if (node.lifecycle !== "InService") return pending(`${instanceId} is ${node.lifecycle}`);
  return isServing(node) ? done : pending(`${instanceId} waits for the balancer's health check`);
}

function terminateHookProgress({ instanceId }: StepOf<"complete-lifecycle">, node: NodeFacts | undefined): Progress {
  if (node?.lifecycle === "Terminating:Wait") return due;
  return node?.lifecycle === "Terminating" ? pending(`${instanceId} is ${node.lifecycle}`) : done;
}

/** The node's own word on the command; without one, what the run knows. */
function byReceipt(instanceId: string, facts: FleetFacts, { key, applied }: Standing, meanwhile: string): Progress {
  const node = findNode(facts, instanceId);
  if (!node || isGone(node)) return vanished(instanceId);
  const receipt = receiptOf(node, key);
  if (receipt) return byOutcome(receipt, instanceId, meanwhile);
  return applied ? pending(meanwhile) : due;
}

const receiptOf = (node: NodeFacts, key: string): CommandReceipt | undefined =>
  node.probe.kind === "report" ? node.probe.report.receipts.find((receipt) => receipt.key === key) : undefined;

/** How far this step is. */
export const progressOf = (step: Step, facts: FleetFacts, standing: Standing): Progress =>
  (PROGRESS[step.do] as (step: Step, facts: FleetFacts, standing: Standing) => Progress)(step, facts, standing);

/** When a step that is still not done has failed. Sources: boot, drain and health-check times of the topology, doubled. */
export const DEADLINES: Record<Change, Duration> = {
  "restart-service": { minutes: 12 },
  converge: { minutes: 20 },
  isolate: { minutes: 25 },
  drain: { minutes: 5 },
  "set-desired-capacity": { minutes: 2 },
  "remember-lineage": { minutes: 2 },
  "complete-lifecycle": { minutes: 5 },
  retire: { minutes: 30 },
  "attach-volume": { minutes: 30 },
  "settle-volume": { minutes: 5 },
  "move-address": { minutes: 10 },
  "build-image": { minutes: 10 },
  "make-volume": { minutes: 10 },
  "write-document": { minutes: 5 },
  "write-template": { minutes: 5 },
  "size-group": { minutes: 5 },
  "init-database": { minutes: 10 },
  "remember-database": { minutes: 5 },
  "commit-desired": { minutes: 5 },
  "take-snapshots": { minutes: 20 },
  "prune-snapshots": { hours: 2 },
  "lock-snapshots": { minutes: 10 },
  "copy-snapshots": { minutes: 10 },
  "prune-copies": { hours: 2 },
  ...DRILL_DEADLINES,
  ...RESTORE_DEADLINES,
  ...DATABASE_DRILL_DEADLINES,
  "disable-image": { minutes: 10 },
  "deregister-image": { minutes: 10 },
  "clear-left-snapshots": { minutes: 10 },
};

/** Steps whose progress is read off the node's own report. */
const NEEDS_REPORT: ReadonlySet<Change> = new Set<Change>(["restart-service", "converge", "drain", "init-database", "converge-copy"]);
/** Steps that are about no node, of which AWS and the ledger say how far they are. */
const NEEDS_NOBODY: ReadonlySet<Change> = new Set<Change>([
  "take-snapshots",
  "prune-snapshots",
  "lock-snapshots",
  "copy-snapshots",
  "prune-copies",
  "disable-image",
  "deregister-image",
  "clear-left-snapshots",
]);

/** How closely the fleet is looked at before and after a step. */
export function closenessFor(change: Change): Look["probe"] {
  if (NEEDS_REPORT.has(change)) return "everybody";
  return NEEDS_NOBODY.has(change) ? "nobody" : "front";
}
