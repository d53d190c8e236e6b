import type { Proposal } from "../approval/stored-plan.ts";
import { isFounding } from "../first-deploy/stages.ts";
import type { FleetFacts } from "../fleet/facts.ts";
import type { SnapshotFacts } from "../retention/snapshot.ts";
import { chooseSource } from "./choose.ts";
import type { RestoreRecord } from "./restore-record.ts";
import { isElsewhere, isStuck, openRestore, restoringIn } from "./standing.ts";
import { confirmRequest, duration, rollbackRequest } from "./words.ts";

/** Everything on which the proposal of a restore rests. */
export interface Seen {
  fleet: FleetFacts;
  snapshots: SnapshotFacts;
}

/** A snapshot, or a volume that was kept; neither for the best snapshot there is. */
export interface Wish {
  snapshotId?: string | undefined;
  volumeId?: string | undefined;
}

/** What a restore would do, with every choice made and what is lost by it; a sentence where it can't be done as things are. */
export function proposeRestore(wish: Wish, seen: Seen): Proposal | string {
  const { fleet } = seen;
  if (isFounding(fleet) || !fleet.desired) return "nothing is in effect yet that could be restored";
  if (fleet.group.desired < 1) return "the group wants no server (its desired capacity is 0), so none would come after the one that is ended: raise it first";
  const restoring = restoringIn(fleet);
  if (restoring && !isStuck(restoring)) return `the restore ${restoring.record.id} is under way since ${restoring.record.startedAt.toISOString()}`;
  const source = wish.volumeId === undefined ? fromSnapshot(wish, seen) : fromVolume(wish.volumeId, seen);
  return typeof source === "string" ? source : { input: source.input, restsOn: restsOn(fleet), words: [...source.words, ...around(fleet, source.input)] };
}

type Source = Pick<Proposal, "input" | "words">;

function fromSnapshot({ snapshotId }: Wish, { fleet, snapshots }: Seen): Source | string {
  const chosen = chooseSource(snapshots, snapshotId ?? null);
  if (typeof chosen === "string") return chosen;
  const { snapshot, marks } = chosen;
  const { provenAt, proofFailed, consistency } = marks;
  const proof = provenAt
    ? `it was restored and has served at ${provenAt.toISOString()}, by way of proof`
    : "no proof of it was made: nobody knows whether it brings everything back (prove-restore finds out)";
  return {
    input: { snapshotId: snapshot.id },
    words: [
      `${snapshot.id} of ${snapshot.startedAt.toISOString()} is restored`,
      `lost is everything that was written since then: ${lost(snapshot.startedAt, fleet.at)}`,
      proofFailed === null ? proof : `ITS LAST PROOF FAILED: ${proofFailed}`,
      consistency === "application" ? "the database was at rest when it was made" : "the database was not proven to be at rest when it was made",
      `a volume is made of it; ${fleet.dataVolume?.id ?? "no volume"} is in effect now, and is kept as it is`,
    ],
  };
}

/** Goes back: only to what an open restore has kept, or to what is in effect all the same where it got no further. */
function fromVolume(volumeId: string, { fleet }: Seen): Source | string {
  const record = openRestore(fleet);
  const isKnown = record && (record.kept.includes(volumeId) || volumeId === fleet.dataVolume?.id);
  const found = fleet.restore?.volumes.find(({ id }) => id === volumeId);
  if (!isKnown || !found) return `no restore that can be gone back on has kept ${volumeId}${record ? `; ${record.id} keeps ${record.kept.join(", ")}` : ""}`;
  if (isElsewhere(fleet, found)) return `${volumeId} is with ${found.attachedTo}, which is no server of the fleet: it has to be let go of first`;
  if (volumeId === fleet.dataVolume?.id)
    return { input: { volumeId }, words: [`the restore ${record.id} is given up: ${volumeId} is in effect, and stays so`, "nothing is lost by that"] };
  return {
    input: { volumeId },
    words: [
      `${volumeId} is put into effect again, as it was left`,
      `lost is everything that was written since it was left, which was after ${record.startedAt.toISOString()}: at most ${lost(record.startedAt, fleet.at)}`,
      `${fleet.dataVolume?.id ?? "no volume"} is in effect now, and is kept as it is`,
    ],
  };
}

const lost = (since: Date, now: Date): string => {
  const seconds = Math.max(0, Math.round((now.getTime() - since.getTime()) / 1000));
  return `${duration(seconds)} (${seconds} seconds), and more by the time it begins`;
};

/** What an approval is bound to: with another server, volume or desired state in effect it is another plan. */
export const restsOn = ({ dataVolume, nodes, desired, restore }: FleetFacts): Proposal["restsOn"] => ({
  "volume in effect": dataVolume?.id ?? null,
  server: serversOf(nodes) || null,
  revision: desired?.revision ?? null,
  "last restore": lastOf(restore?.record ?? null),
});

const serversOf = (nodes: FleetFacts["nodes"]): string =>
  nodes
    .flatMap(({ instanceId, lifecycle }) => (lifecycle === null ? [] : [instanceId]))
    .toSorted()
    .join(", ");

const lastOf = (record: RestoreRecord | null): string | null => record && `${record.id}, ${record.state}`;

/** Minutes in which nobody is served: the old server finishes its work and ends, the new one starts. */
const EXPECTED_MINUTES = 15;

function around({ stage, nodes, dataVolume, drill }: FleetFacts, { snapshotId }: Record<string, string>): string[] {
  const servers = serversOf(nodes);
  const record = drill?.record;
  const measured = snapshotId !== undefined && record?.servedAt ? Math.ceil((record.servedAt.getTime() - record.startedAt.getTime()) / 60_000) : undefined;
  return [
    `${servers === "" ? "no server is there to be ended" : `${servers} is ended through its group`}; nobody is served for about ${EXPECTED_MINUTES} minutes`,
    ...(measured === undefined
      ? []
      : [`in the last proof it took ${measured} minutes from the snapshot to a server that answers; blocks that were never read come slowly at first`]),
    "no volume is deleted; until it is confirmed nothing is pruned, and both volumes are paid for",
    ...(dataVolume ? [`to go back afterwards: ${rollbackRequest(stage, dataVolume.id)}`] : ["there is no volume to go back to afterwards"]),
    `to confirm afterwards: ${confirmRequest(stage)}`,
  ];
}
