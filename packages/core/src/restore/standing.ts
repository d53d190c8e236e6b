import { after } from "../apply/duration.ts";
import type { FleetFacts, NodeFacts } from "../fleet/facts.ts";
import type { RestoreVolume } from "./facts.ts";
import { isOpen, type RestoreRecord } from "./restore-record.ts";

/** From its beginning to the moment at which users are served; most of it is the new server's start. */
const RESTORED_WITHIN = { minutes: 60 };

/** A restore that is on the ledger and not over, and the facts around it. */
export interface Restoring {
  record: RestoreRecord;
  facts: FleetFacts;
}

/** The restore on which Steward is at work; undefined where there is none. */
export function restoringIn(facts: FleetFacts): Restoring | undefined {
  const { record } = facts.restore ?? {};
  return record?.state === "under-way" ? { record, facts } : undefined;
}

/** The restore that can still be gone back on. */
export const openRestore = ({ restore }: Pick<FleetFacts, "restore">): RestoreRecord | undefined => (isOpen(restore?.record) ? restore.record : undefined);

/** Runs of it that fail before only people go on: a new approval begins anew. */
export const TRIES = 5;
/** Servers that could not be let in on the restored volume: what is on it is then likely no better than what was lost. */
const ADMISSIONS = 2;

/** What failed since it began, of one runbook; oldest first. */
export const failuresOf = ({ record, facts }: Restoring, runbook: "restore-volume" | "admit-server"): string[] =>
  facts.attempts.filter((one) => one.runbook === runbook && one.outcome === "failed" && one.startedAt >= record.startedAt).map(({ because }) => because);

/** Users should be served by now, or will not be: people have to decide, and may begin another. */
export const isStuck = (restoring: Restoring): boolean =>
  after(restoring.record.startedAt, RESTORED_WITHIN) <= restoring.facts.at ||
  failuresOf(restoring, "restore-volume").length >= TRIES ||
  failuresOf(restoring, "admit-server").length >= ADMISSIONS;

export const volumeIn = ({ restore }: Pick<FleetFacts, "restore">, volumeId: string | null): RestoreVolume | undefined =>
  restore?.volumes.find(({ id }) => id === volumeId);

/** Somebody who is none of the fleet has it: no server of the fleet could get it. */
export const isElsewhere = ({ nodes }: Pick<FleetFacts, "nodes">, { attachedTo }: RestoreVolume): boolean =>
  attachedTo !== null && !nodes.some(({ instanceId }) => instanceId === attachedTo);

/** What is in effect names the volume; before anything did, it is the one by the fleet's name. */
export const isInEffect = ({ desired, dataVolume }: FleetFacts, volumeId: string): boolean =>
  desired !== null && (desired.dataVolume ?? dataVolume?.id) === volumeId;

/** Volumes of which EC2 does not say yet that nobody has them, and so somebody may still write to. */
const held = ({ record, facts }: Restoring): RestoreVolume[] =>
  record.kept.flatMap((id) => volumeIn(facts, id) ?? []).filter(({ state, attachedTo }) => state !== "available" || attachedTo !== null);

const holdersOf = (volumes: readonly RestoreVolume[]): Set<string | null> => new Set(volumes.map(({ attachedTo }) => attachedTo));

/** Members of the group that serve, or are about to, and are not the one with the volume. EC2 may show late who has it, so who came later and holds no other volume is none. */
export const formerServers = (restoring: Restoring): NodeFacts[] => {
  const { record, facts } = restoring;
  const [holder, others] = [volumeIn(facts, record.volumeId)?.attachedTo, holdersOf(held(restoring))];
  return facts.nodes
    .filter(({ lifecycle }) => /^(InService|EnteringStandby|Standby|Pending:Proceed)/.test(lifecycle ?? ""))
    .filter(({ instanceId, launchedAt }) => instanceId !== holder && (launchedAt < record.startedAt || others.has(instanceId)));
};

/** Why it is not proven that nobody writes to any other volume of the fleet; undefined once it is: then a server may have the restored one. */
export function notFenced(restoring: Restoring): string | undefined {
  const [server] = formerServers(restoring);
  if (server) return `${server.instanceId} is ${server.lifecycle} without the restored volume`;
  const [volume] = held(restoring);
  return volume && `${volume.id} is ${volume.state}${volume.attachedTo ? ` with ${volume.attachedTo}` : ""}: it is not free`;
}

/** Those that hold one of the former volumes, and wait to be let in. */
export const waitingWithFormer = (restoring: Restoring): NodeFacts[] => {
  const holders = holdersOf(held(restoring));
  return restoring.facts.nodes.filter(({ instanceId, lifecycle }) => lifecycle === "Pending:Wait" && holders.has(instanceId));
};
