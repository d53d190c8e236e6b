import { ACCOUNT_ID, type Account } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import { between } from "../../world/chance.ts";
import { Collection } from "./collection.ts";
import { RecycleBin } from "./recycle-bin.ts";
import { SNAPSHOT_FIELDS, type Snapshot, type SnapshotDisk } from "./snapshot.ts";
import { announceOne, announceSet } from "./snapshot-events.ts";
import { isLocked } from "./snapshot-lock.ts";
import type { Volume } from "./volumes.ts";

/** In ms; EBS documents none, assumed for a volume of which little has changed since the snapshot before. */
const PENDING_MS = [20_000, 180_000] as const;
/** For so long describe calls may not know a new one. Source: EC2 developer guide, "Eventual consistency"; seconds assumed. */
const VISIBLE_MS = [0, 5_000] as const;
/** How often one that is ready looks whether an older one of its volume is; assumed. */
const LOOK_MS = 5_000;
/** Source: EC2 API reference, "Error codes", SnapshotCreationPerVolumeRateExceeded. */
const PAUSE_MS = 15_000;
/** Source: EBS user guide, "Create Amazon EBS snapshots": pending at once of one volume. */
const MOST_PENDING = 5;
const ONE_PENDING = ["st1", "sc1"];

/** How a creation goes that does not go well: it ends in an error, it never ends, or nobody hears of it. */
type Mishap = "error" | "stuck" | "lost";

/** Snapshots that were begun together, and what EventBridge hears when all of them have ended. */
interface Making {
  set: Snapshot[];
  announce: () => void;
}

/** The EBS snapshots of the account, those that images rest on too. */
export class Snapshots extends Collection<Snapshot> {
  /** How the next creation fails; forgotten with it. */
  next: Mishap | undefined;
  readonly bin = new RecycleBin();
  private readonly account: Account;
  private made = 0;
  private readonly makings = new Map<Snapshot, Making>();
  /** Deleted while pending: gone for everybody, and still being made. Source: EBS user guide, "Delete an Amazon EBS snapshot". */
  private readonly leaving = new Set<Snapshot>();
  /** When a snapshot of a volume was last asked for. */
  private readonly asked = new Map<string, number>();

  constructor(account: Account) {
    super({ type: "snapshot", prefix: "snap", missing, fields: SNAPSHOT_FIELDS });
    this.account = account;
  }

  /** Those that the API knows by now. */
  override all(): Snapshot[] {
    return super.all().filter(isVisible);
  }

  override the(id = ""): Snapshot {
    if (!/^snap-[0-9a-f]{8}([0-9a-f]{9})?$/.test(id)) throw new AwsError("InvalidSnapshotID.Malformed", `Invalid id: "${id}"`);
    const found = super.the(id);
    if (!isVisible(found)) throw missing(id);
    return found;
  }

  /**
   * Refuses what EBS does: a second snapshot of a volume within 15 s, and a sixth that is pending or has failed. Source: re:Post,
   * "Why are my EBS snapshots stuck in the pending state?": failed ones and those deleted while pending count too.
   */
  admit(volumes: readonly Volume[]): void {
    for (const { id, type } of volumes) {
      const unfinished = this.ofVolume(id).filter(({ state }) => state !== "completed").length;
      if (unfinished >= (ONE_PENDING.includes(type) ? 1 : MOST_PENDING))
        throw new AwsError("ConcurrentSnapshotLimitExceeded", "Maximum allowed in-progress snapshots for a single volume exceeded.");
      if (Date.now() < (this.asked.get(id) ?? Number.NEGATIVE_INFINITY) + PAUSE_MS) throw tooOften();
    }
    for (const { id } of volumes) this.asked.set(id, Date.now());
  }

  /** A snapshot of each volume as it is at this moment; `isSet` says whether they were asked for by their instance. */
  take(volumes: { volume: Volume; tags: Record<string, string> }[], { description, isSet }: { description: string; isSet: boolean }): Snapshot[] {
    const mishap = this.next;
    this.next = undefined;
    const set = volumes.map(({ volume, tags }) => this.begin(volume, { description, tags }));
    for (const snapshot of set) {
      this.makings.set(snapshot, { set, announce: () => (isSet ? announceSet(this.account, set) : announceOne(this.account, snapshot, CREATED)) });
      if (mishap !== "stuck") setTimeout(() => this.end(snapshot, mishap === "error" ? "error" : "completed"), snapshot.takesMs);
    }
    if (mishap === "lost") throw new AwsError("InternalError", "An internal error has occurred", 500);
    return set;
  }

  private begin(volume: Volume, { description, tags }: Pick<Snapshot, "description" | "tags">): Snapshot {
    const { id: volumeId, sizeGib, encrypted, keyId, attachment } = volume;
    const holder = this.account.links.machine(attachment?.instanceId ?? "");
    const made = this.add({
      ...this.blank({ volumeId, sizeGib, encrypted, keyId }),
      description,
      tags: { ...tags },
      takesMs: between(...PENDING_MS),
      visibleFrom: Date.now() + between(...VISIBLE_MS),
      appConsistent: holder?.isFrozen?.(volumeId) ?? false,
    });
    this.account.links.copyDisk(volumeId, made.id);
    return made;
  }

  /** A snapshot that EC2 copies for an image; whoever asked for it says when that is over, and how. */
  copy(disk: Omit<SnapshotDisk, "volumeId">, tags: Record<string, string>): Snapshot {
    const made = this.add({ ...this.blank({ ...disk, volumeId: COPIED }), tags: { ...tags } });
    this.makings.set(made, { set: [made], announce: () => announceOne(this.account, made, { event: "copySnapshot", from: "snap-ffffffff" }) });
    return made;
  }

  private blank(disk: SnapshotDisk): Snapshot {
    const [now, id] = [new Date(), this.newId()];
    const begun = { startedAt: now, takesMs: PENDING_MS[1], state: "pending" as const, visibleFrom: now.getTime() };
    this.made += 1;
    return { ...disk, ...begun, id, number: this.made, tags: {}, ownerId: ACCOUNT_ID, description: "", appConsistent: false };
  }

  /** Snapshots of one volume end in the order in which they began. Source: re:Post, "Why are my EBS snapshots stuck in the pending state?". */
  private end(snapshot: Snapshot, how: "completed" | "error"): void {
    const isBehind = this.ofVolume(snapshot.volumeId).some(({ state, startedAt }) => state === "pending" && startedAt < snapshot.startedAt);
    if (isBehind) setTimeout(() => this.end(snapshot, how), LOOK_MS);
    if (!isBehind) this.settle(snapshot, how);
  }

  /** Ends a pending snapshot now, one that is stuck too. The reason of a failure is in words of our own: EBS documents none. */
  settle(snapshot: Snapshot, how: "completed" | "error", because = "An internal error occurred while the snapshot was made."): void {
    if (snapshot.state !== "pending") return;
    snapshot.state = how;
    if (how === "completed") complete(snapshot);
    else Object.assign(snapshot, { stateMessage: because, lock: undefined });
    this.leaving.delete(snapshot);
    const making = this.makings.get(snapshot);
    this.makings.delete(snapshot);
    if (making?.set.every(({ state }) => state !== "pending")) making.announce();
  }

  private ofVolume(volumeId: string): Snapshot[] {
    return [...this.items.values(), ...this.leaving].filter((snapshot) => snapshot.volumeId === volumeId);
  }

  /** EC2's code for a locked one is not documented: assumed. Whether anything needs it is for the caller to know. */
  delete(snapshot: Snapshot): void {
    if (isLocked(snapshot)) throw new AwsError("OperationNotPermitted", `The snapshot '${snapshot.id}' is locked and can't be deleted.`);
    this.items.delete(snapshot.id);
    if (snapshot.state === "pending") this.leaving.add(snapshot);
    else this.bin.take(snapshot);
  }
}

const CREATED = { event: "createSnapshot" } as const;
/** Copies have a volume of no meaning. Source: EC2 API reference, Snapshot, `VolumeId`. */
const COPIED = "vol-ffffffff";

const isVisible = ({ visibleFrom }: Snapshot): boolean => Date.now() >= visibleFrom;

function complete(snapshot: Snapshot): void {
  snapshot.completedAt = new Date();
  if (snapshot.lock) snapshot.lock.startsAt ??= snapshot.completedAt;
}

function missing(id: string): AwsError {
  return new AwsError("InvalidSnapshot.NotFound", `The snapshot '${id}' does not exist.`);
}

const tooOften = (): AwsError =>
  new AwsError(
    "SnapshotCreationPerVolumeRateExceeded",
    "The maximum per volume CreateSnapshot request rate has been exceeded. Use an increasing or variable sleep interval between requests.",
  );
