import { operatorFills } from "@steward/cli/scenarios/first-deploy";
import { playOf } from "@steward/cli/scenarios/registry";
import { allServe, justAfterSweep } from "@steward/cli/scenarios/scenario";
import { belongings, byHand } from "@steward/cli/scenarios/server";
import { SETTINGS } from "@steward/cli/simulation/settings";
import { Stage } from "@steward/cli/simulation/stage";
import { before } from "@steward/core/apply/duration";
import type { CommandEnvelope } from "@steward/core/fleet/probe";
import { IMAGE_MARK } from "@steward/core/image/image-facts";
import { MARK, tagsOf } from "@steward/core/retention/marks";
import type { RunbookId } from "@steward/core/runbooks/runbook";
import type { SnapshotPolicy, StageSettings } from "@steward/core/settings/schema";
import type { PolicyDocument } from "@steward/core/topology/policy";
import type { Topology, TopologyKind } from "@steward/core/topology/topology";
import type { Snapshot } from "@steward/simulator/services/ec2/snapshot";
import { drive } from "@steward/simulator/world/drive";

import { snapshotNow } from "./database-drill-world.ts";
import { putImage } from "./image-world.ts";
import { ask, during, putOld } from "./keeping-world.ts";
import { approved, invoke as invokeIt, isRestored, requested } from "./restore-world.ts";

/** Policies by the name of the role that has them; a function's role has the function's name. */
export type RolePolicies = Readonly<Record<string, PolicyDocument>>;

/** What the roles of a stage were granted and never needed, and what was refused to anybody. */
export interface RightsReport {
  /** Role name to sentences; empty where every grant was needed. */
  unused: Record<string, string[]>;
  /** Calls that were refused: operation and who made it. */
  refused: string[];
}

/** What else each topology can need, after its main scenario; a single server takes no planned replacement, so a restart is asked for and refused. */
const STORIES: Record<TopologyKind, (stage: Stage) => Promise<void>> = {
  ha: async (stage) => {
    await asked(stage, "replace-node");
    await invokeIt(stage, "approve", { hash: "0".repeat(64), reason: "there is none", by: "ada" });
    await databaseDrills(stage);
    await deadRun(stage, { survivesRestart: true });
  },
  single: async (stage) => {
    await asked(stage, "restart-service");
    await snapshots(stage);
    await deadRun(stage, { survivesRestart: false });
  },
};

/**
 * Plays everything that a fleet can need in one world, from the first deploy on, with the topology's own policies, or with others in their place
 * (those that a deploy really creates, for example; placeholders are filled as a deploy would). Fails when a given role is not one that anybody has.
 */
export async function tellRightsStory(topology: TopologyKind, policies: RolePolicies = {}, wishes: Wishes = {}): Promise<RightsReport> {
  const settings = wishing(disablingFirst(topology), wishes);
  const stage = await Stage.open(1, { topology, settings, empty: true, adapt: (meant) => withPolicies(meant, policies) });
  await firstDeploy(stage);
  await playOf("main", topology)(stage);
  await STORIES[topology](stage);
  await images(stage);
  await evidence(stage);
  await lostEvents(stage);
  if (topology === "single") {
    await options(stage, wishes);
    await restored(stage);
    await freeVolume(stage);
  }
  const { account, rights } = stage.world;
  const refused = account.record.filter(({ error }) => /AccessDenied|Unauthorized|NotAuthorized/.test(error ?? ""));
  return {
    unused: Object.fromEntries(roles(stage).map(([name, principal]) => [name, rights.unused(principal)])),
    refused: refused.map(({ service, operation, principal }) => `${service}:${operation} by ${principal}`),
  };
}

/** The reference architecture, but that an image is disabled before it goes: so each right to images is needed. */
const disablingFirst = (topology: TopologyKind): StageSettings => ({ ...SETTINGS[topology], images: { keep: 1, days: 30, disableFirst: true } });

/** What the settings of a single server ask for beside what they ask for unless told. */
export type Wishes = Partial<Pick<SnapshotPolicy, "lock" | "archive" | "copy" | "schedules">>;

/** Everything that is off unless somebody asks for it; a deploy of the examples is told without. */
export const EVERY_OPTION: Wishes = {
  schedules: [
    { id: "hourly", everyHours: 1, keep: { count: 24 } },
    { id: "daily", everyHours: 24, keep: { daily: 14, monthly: 24 } },
  ],
  lock: { newest: 2, days: 1 },
  archive: { afterDays: 30 },
  copy: {
    region: "eu-west-1",
    kmsKeyArn: "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef",
    keep: { count: 1 },
    schedules: ["hourly"],
    atOnce: 5,
  },
};

const wishing = (settings: StageSettings, wishes: Wishes): StageSettings =>
  settings.topology === "single" ? { ...settings, snapshots: { ...settings.snapshots, ...wishes } } : settings;

/** What was asked for has come about, as far as it could by now. */
async function options(stage: Stage, { lock, archive, copy }: Wishes): Promise<void> {
  if (!lock || !archive || !copy) return;
  const { elsewhere } = stage.world.ec2;
  elsewhere.keys.add(copy.kmsKeyArn);
  const isCopied = () => stage.chronicle.prunings.some(({ copies, deleted }) => copies && deleted > 0);
  if (!(await stage.waitFor(isCopied, { hours: 4 }))) throw new Error("the story did not end as told: no copy was made and deleted");
  const [old] = putOld(stage, 1, monthOld(4));
  expectDone(await ask(stage, "prune-snapshots", { confirm: 50 }, "rights-archive"));
  if (!old?.tiering || stage.snapshots.every((one) => one.lock === undefined))
    throw new Error("the story did not end as told: no snapshot was locked, or none archived");
}

/** What makes one that a story puts the last of a month so many months back, of a daily schedule. */
const monthOld = (months: number): Partial<Snapshot> => {
  const now = new Date();
  const slot = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months + 1, 0));
  const order = { slot, schedules: ["daily"], volumeId: "", instanceId: null, dueAt: null, unfrozen: "take", policy: "p" } as const;
  return { startedAt: slot, tags: { ...tagsOf("demo", { ...order, schedules: ["daily"] }), [MARK.consistency]: "crash" } };
};

/** Roles by name, each with one of its sessions; all sessions of a role share its policy. */
const roles = ({ world }: Stage) =>
  [...world.account.principals.values()].flatMap((principal) => {
    const [, name] = /:assumed-role\/([^/]+)\//.exec(principal.arn) ?? [];
    return name === undefined ? [] : [[name, principal] as const];
  });

/** From the empty account on; a person asks how it is before the vault is filled, and once there is a launch template. */
async function firstDeploy(stage: Stage): Promise<void> {
  const reached = (id: string): boolean => stage.chronicle.reached.has(id);
  await stage.waitFor(() => reached("secrets"), { hours: 3 });
  await invoke(stage, { mode: "status" });
  await operatorFills(stage);
  await stage.waitFor(() => reached("first-node"), { hours: 1 });
  await invoke(stage, { mode: "status" });
  await stage.waitFor(() => allServe(stage) && reached("finished"), { hours: 3 });
}

/** The topology with other policies in the place of its own; fails when a given role is not one that anybody has. */
function withPolicies(topology: Topology, policies: RolePolicies): Topology {
  const { nodeRole, drillRole } = topology;
  const known = [nodeRole, ...(drillRole ? [drillRole] : []), topology.image.builder.role, ...topology.functions.map(({ role }) => role)].map(
    ({ name }) => name,
  );
  const unknown = Object.keys(policies).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`nobody in the account has the role ${unknown.join(", ")}`);
  const own = <R extends { name: string; policy: PolicyDocument }>(role: R): R => ({ ...role, policy: policies[role.name] ?? role.policy });
  const builder = { ...topology.image.builder, role: own(topology.image.builder.role) };
  const functions = topology.functions.map((spec) => ({ ...spec, role: own(spec.role) }));
  return { ...topology, functions, nodeRole: own(nodeRole), drillRole: drillRole && own(drillRole), image: { ...topology.image, builder } };
}

/** A person has it planned, and then asks for it. */
async function asked(stage: Stage, runbook: RunbookId): Promise<void> {
  const [instanceId = ""] = stage.serving;
  await invoke(stage, { mode: "plan", runbook, input: { instanceId } });
  await invoke(stage, { mode: "run", runbook, input: { instanceId }, reason: "patch", id: "rights" });
  await stage.waitFor(() => stage.chronicle.runs.some(({ subject, endedAt }) => subject === "request-rights" && endedAt !== null), { minutes: 40 });
}

const invoke = ({ world: { account, operator } }: Stage, payload: unknown): Promise<unknown> =>
  drive(() => account.call(operator, "lambda", "Invoke", { FunctionName: "steward-demo-runbook", Payload: Buffer.from(JSON.stringify(payload)) }));

/** A person has a node keep evidence of itself. */
async function evidence(stage: Stage): Promise<void> {
  const { world, deployed, serving } = stage;
  const envelope: CommandEnvelope = { key: "rights-evidence", epoch: 1_000, notAfter: new Date(Date.now() + 60_000) };
  const payload = [Buffer.from(JSON.stringify(envelope)).toString("base64url")];
  const command = { DocumentName: deployed.topology.document.name, InstanceIds: serving.slice(0, 1), Parameters: { verb: ["collect"], payload } };
  await drive(() => world.account.call(world.operator, "ssm", "SendCommand", command));
  await stage.run({ minutes: 1 });
}

/** What nothing keeps is disabled first, and goes a day later; a run that dies over it leaves a snapshot for the next. */
async function images(stage: Stage): Promise<void> {
  await heldSnapshot(stage);
  const { ec2, lambda } = stage.world;
  const all: string[] = [];
  for (const days of [300, 301, 302, 303, 304]) all.push(await putImage(stage, days));
  await invoke(stage, { mode: "images" });
  expectDone(await ask(stage, "prune-images", {}, "rights-disable"));
  for (const id of all) {
    const image = ec2.images.get(id);
    if (image?.state === "disabled") image.tags[IMAGE_MARK.disabledAt] = before(new Date(), { days: 1 }).toISOString();
  }
  let dies = true;
  const end = during(stage, ({ operation, principal: { functionName } }) => {
    if (operation !== "DeregisterImage" || functionName === undefined || !dies) return;
    dies = false;
    lambda.killAll(functionName);
  });
  expectDone(await ask(stage, "prune-images", {}, "rights-deregister"));
  end();
}

/** Somebody holds a snapshot as its image goes: the run leaves it, people hear of it until another comes to its end, and later it is marked. */
async function heldSnapshot(stage: Stage): Promise<void> {
  const id = await putImage(stage, 310, { state: "disabled", tags: { [IMAGE_MARK.disabledAt]: before(new Date(), { days: 2 }).toISOString() } });
  const snapshot = stage.world.ec2.images.get(id)?.snapshot;
  const end = during(stage, ({ operation, principal: { functionName } }) => {
    if (operation === "DeregisterImage" && functionName !== undefined && snapshot) snapshot.tags = { ...snapshot.tags, "steward:hold": "a story" };
  });
  const told = () => stage.chronicle.incidents.find(({ kind }) => kind === "images-unpruned");
  await stage.waitFor(() => told()?.state === "paged", { hours: 1, minutes: 20 });
  end();
  expectDone(await ask(stage, "prune-images", {}, "rights-again"));
  await stage.waitFor(() => told()?.state === "resolved", { minutes: 20 });
  delete snapshot?.tags["steward:hold"];
  expectDone(await ask(stage, "prune-images", {}, "rights-left"));
  if (told()?.state !== "resolved") throw new Error("the story did not end as told: people were not told of the snapshot, or not that it is over");
}

/** The database is proven twice, so that the first snapshot that was kept goes; a person has the first one planned. */
async function databaseDrills(stage: Stage): Promise<void> {
  await invoke(stage, { mode: "plan", runbook: "prove-restore", input: {} });
  for (const id of ["rights-drill", "rights-drill-again"]) {
    await snapshotNow(stage);
    await ask(stage, "prove-restore", {}, id);
    const run = () => stage.chronicle.runs.find(({ subject }) => subject === `request-${id}`);
    await stage.waitFor(() => run()?.endedAt != null, { hours: 3 });
    expectDone(run()?.outcome);
  }
}

/** One is made, one run dies where nobody else looks, one is stuck for hours, and old ones go. */
async function snapshots(stage: Stage): Promise<void> {
  const stuckSince = new Date(Date.now() - 7 * 3_600_000);
  const [stuck] = putOld(stage, 1, { state: "pending", startedAt: stuckSince });
  putOld(stage, 40);
  await invoke(stage, { mode: "snapshots" });
  expectDone(await ask(stage, "snapshot-now", { keepDays: 1 }, "rights-take"));
  expectDone(await ask(stage, "prune-snapshots", { confirm: 10 }, "rights-prune"));
  await deadTaking(stage);
  if (stuck) stage.world.ec2.snapshots.settle(stuck, "completed");
  await stage.run({ minutes: 15 });
}

/** A person has the volume restored, another approves it, and the first confirms it. */
async function restored(stage: Stage): Promise<void> {
  const { waitsFor } = await requested(stage);
  await approved(stage, waitsFor);
  await stage.waitFor(() => isRestored(stage), { hours: 1 });
  expectDone(await ask(stage, "confirm-restore", {}, "rights-confirm"));
}

/** While nobody sweeps, whoever keeps snapshots frees what a dead run holds. */
async function deadTaking(stage: Stage): Promise<void> {
  const { lambda, account, operator } = stage.world;
  const running = () => [...lambda.executions.values()].find(({ status, name }) => status === "RUNNING" && name.includes("rights-dead"));
  await invoke(stage, { mode: "run", runbook: "snapshot-now", input: {}, reason: "it dies", id: "rights-dead" });
  await stage.waitFor(() => stage.freezes.at(-1)?.to === null, { minutes: 1 });
  await drive(() => account.call(operator, "lambda", "StopDurableExecution", { DurableExecutionArn: running()?.arn }));
  lambda.faults.killInvocation = ({ functionName }) => (functionName === "steward-demo-observe" ? 1 : undefined);
  await stage.waitFor(() => stage.chronicle.runs.some(({ subject, outcome }) => subject === "request-rights-dead" && outcome === "died"), { minutes: 10 });
  delete lambda.faults.killInvocation;
  await stage.run({ minutes: 15 });
}

/** After everything: the server has gone, and nobody has the volume any more. */
async function freeVolume(stage: Stage): Promise<void> {
  const [InstanceId = ""] = stage.serving;
  await byHand(stage, (operator) => operator("autoscaling", "TerminateInstanceInAutoScalingGroup", { InstanceId, ShouldDecrementDesiredCapacity: true }));
  await stage.waitFor(() => belongings(stage).volume === undefined, { minutes: 20 });
  expectDone(await ask(stage, "snapshot-now", { keepDays: 1 }, "rights-alone"));
}

function expectDone(outcome: string | null | undefined): void {
  if (outcome !== "done") throw new Error(`the run of the story was ${outcome}`);
}

/** What no attempt can handle, because every one dies, Lambda itself puts into the queue, with the function's role. */
async function lostEvents(stage: Stage): Promise<void> {
  const { world, deployed } = stage;
  const dying = Object.values(deployed.functions).filter(({ name }) => !name.endsWith("-remediate"));
  world.lambda.faults.killInvocation = ({ functionName }) => (dying.some(({ name }) => name === functionName) ? 1 : undefined);
  for (const { arn } of dying) world.account.links.invokeAsync(arn, { mode: "status" });
  await stage.run({ minutes: 6 });
  delete world.lambda.faults.killInvocation;
}

/** A run that is stopped by hand leaves its lease behind; the sweep frees it. */
async function deadRun(stage: Stage, how: { survivesRestart: boolean }): Promise<void> {
  await justAfterSweep(stage);
  const [sick = ""] = stage.serving;
  stage.fault("hang", (world) => world.machines.get(sick)?.hang(how));
  const running = () => [...stage.world.lambda.executions.values()].find(({ status, name }) => status === "RUNNING" && name.includes("incident"));
  await stage.waitFor(() => running() !== undefined, { minutes: 10 });
  await stage.run({ seconds: 20 });
  await drive(() => stage.world.account.call(stage.world.operator, "lambda", "StopDurableExecution", { DurableExecutionArn: running()?.arn }));
  await stage.waitFor(() => stage.chronicle.runs.some(({ outcome }) => outcome === "died"), { minutes: 10 });
  const over = await stage.waitFor(() => allServe(stage) && stage.nothingRuns && stage.chronicle.incidents.every(({ state }) => state === "resolved"), {
    minutes: 40,
  });
  if (!over || stage.serving.includes(sick) === how.survivesRestart)
    throw new Error("the story did not end as told: the sick node still serves, or something is still open");
}
