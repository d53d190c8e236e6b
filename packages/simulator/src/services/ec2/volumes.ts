import { createHash } from "node:crypto";
import type { VolumeAttachmentState, VolumeState } from "@aws-sdk/client-ec2";
import { type Account, arn, requestId } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import type { Principal } from "../../account/principal.ts";
import { between } from "../../world/chance.ts";
import { Collection, type Resource } from "./collection.ts";
import type { Instance, LaunchVolume } from "./instance.ts";
import { admitsUser } from "./key-use.ts";
import type { Snapshot } from "./snapshot.ts";

/** Delays in ms; EBS documents none, assumed from what operators see. */
const DELAYS = { create: [1_000, 6_000], attach: [1_000, 6_000], detach: [2_000, 10_000], delete: [500, 3_000] } as const;
/** How often a detachment looks whether the operating system has let go; assumed. */
const BUSY_LOOK_MS = 5_000;

/** Where a volume is attached, or is being attached or detached. */
export interface Attachment {
  instanceId: string;
  device: string;
  state: VolumeAttachmentState;
  at: Date;
  deleteOnTermination: boolean;
}

/** An EBS volume, the root volume of an instance too. */
export interface Volume extends Resource {
  zone: string;
  sizeGib: number;
  type: string;
  iops?: number | undefined;
  throughput?: number | undefined;
  encrypted: boolean;
  keyId?: string | undefined;
  /** What it was made from. */
  snapshotId?: string | undefined;
  createdAt: Date;
  state: VolumeState;
  attachment?: Attachment | undefined;
}

/** Everything about a volume that its maker chooses. */
export type VolumeWish = Pick<Volume, "zone" | "sizeGib" | "type" | "iops" | "throughput" | "encrypted" | "keyId" | "snapshotId" | "tags">;

const attachmentValue = (read: (attachment: Attachment) => string) => (volume: Volume) => (volume.attachment ? [read(volume.attachment)] : []);

const FIELDS = {
  "volume-id": ({ id }: Volume) => [id],
  status: ({ state }: Volume) => [state],
  "availability-zone": ({ zone }: Volume) => [zone],
  encrypted: ({ encrypted }: Volume) => [String(encrypted)],
  "snapshot-id": ({ snapshotId }: Volume) => [snapshotId ?? ""],
  size: ({ sizeGib }: Volume) => [String(sizeGib)],
  "volume-type": ({ type }: Volume) => [type],
  "attachment.instance-id": attachmentValue(({ instanceId }) => instanceId),
  "attachment.device": attachmentValue(({ device }) => device),
  "attachment.status": attachmentValue(({ state }) => state),
  "attachment.delete-on-termination": attachmentValue(({ deleteOnTermination }) => String(deleteOnTermination)),
};

/** The EBS volumes of the account and how they change; machines hear of what is attached to them. */
export class Volumes extends Collection<Volume> {
  private readonly account: Account;

  constructor(account: Account) {
    super({ type: "volume", prefix: "vol", missing: (id) => new AwsError("InvalidVolume.NotFound", `The volume '${id}' does not exist.`), fields: FIELDS });
    this.account = account;
  }

  /**
   * A new volume is `creating`, then `available`. A key that can't be used, its own or its snapshot's, shows only later: the volume goes away again.
   * Source: EC2 API reference, CreateVolume, `KmsKeyId`.
   */
  create(wish: VolumeWish, createdBy: Principal, snapshot?: Snapshot): Volume {
    const volume = this.add({ ...wish, id: this.newId(), createdAt: new Date(), state: "creating" });
    this.fill(volume);
    setTimeout(
      () => {
        const admitted = [volume, snapshot].every((disk) => disk === undefined || admitsUser(this.account, disk, createdBy));
        if (admitted) volume.state = "available";
        else this.items.delete(volume.id);
        this.announce("createVolume", volume, admitted ? "available" : "failed");
      },
      between(...DELAYS.create),
    );
    return volume;
  }

  /** Begins as a copy of its snapshot; that blocks are loaded only when they are read is not modelled. */
  private fill({ id, snapshotId }: Volume): void {
    if (snapshotId !== undefined) this.account.links.copyDisk(snapshotId, id);
  }

  delete(volume: Volume): void {
    if (volume.attachment) throw new AwsError("VolumeInUse", `Volume ${volume.id} is currently attached to ${volume.attachment.instanceId}`);
    if (volume.state !== "available" && volume.state !== "error") throw incorrectState(volume);
    volume.state = "deleting";
    setTimeout(
      () => {
        this.items.delete(volume.id);
        this.announce("deleteVolume", volume, "deleted");
      },
      between(...DELAYS.delete),
    );
  }

  /** Source of the checks: EC2 API reference, AttachVolume and "Error codes". */
  attach(volume: Volume, instance: Instance, device: string): Attachment {
    if (volume.attachment) throw new AwsError("VolumeInUse", `${volume.id} is already attached to an instance`);
    if (volume.state !== "available") throw incorrectState(volume);
    if (volume.zone !== instance.zone)
      throw new AwsError("InvalidVolume.ZoneMismatch", `The volume '${volume.id}' is not in the same availability zone as instance '${instance.instanceId}'`);
    if (instance.state !== "running" && instance.state !== "stopped")
      throw new AwsError("IncorrectState", `Instance '${instance.instanceId}' is not 'running'.`);
    if (this.on(instance.instanceId).some(({ attachment }) => attachment?.device === device))
      throw new AwsError("InvalidParameterValue", `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`);
    const attachment: Attachment = { instanceId: instance.instanceId, device, state: "attaching", at: new Date(), deleteOnTermination: false };
    Object.assign(volume, { attachment, state: "in-use" });
    setTimeout(() => this.settle(volume, attachment), between(...DELAYS.attach));
    return attachment;
  }

  private settle(volume: Volume, attachment: Attachment): void {
    if (volume.attachment !== attachment || attachment.state !== "attaching") return;
    attachment.state = "attached";
    this.show(attachment.instanceId);
  }

  /** Waits as `busy` while the operating system uses the volume; force takes it away all the same. */
  detach(volume: Volume, instance: Instance | undefined, force: boolean): Attachment {
    const { attachment } = volume;
    if (!attachment) throw incorrectState(volume);
    if (instance && instance.rootDevice === attachment.device && instance.state !== "stopped")
      throw new AwsError("OperationNotPermitted", `Unable to detach root volume '${volume.id}' from instance '${instance.instanceId}'`);
    attachment.state = "detaching";
    setTimeout(() => this.letGo(volume, attachment, force), between(...DELAYS.detach));
    return { ...attachment };
  }

  private letGo(volume: Volume, attachment: Attachment, force: boolean): void {
    if (volume.attachment !== attachment) return;
    const isHeld = this.account.links.machine(attachment.instanceId)?.holdsVolume?.(volume.id) ?? false;
    if (isHeld && !force) {
      attachment.state = "busy";
      setTimeout(() => this.letGo(volume, attachment, force), BUSY_LOOK_MS);
      return;
    }
    this.release(volume);
  }

  private release(volume: Volume): void {
    const { attachment } = volume;
    delete volume.attachment;
    volume.state = "available";
    if (attachment) this.show(attachment.instanceId);
  }

  /** The volumes that a launch brings with it; their ids follow from the instance's. */
  launchWith(instance: Instance, wishes: LaunchVolume[], tags: Record<string, string>): void {
    for (const { device, deleteOnTermination, ...wish } of wishes) {
      const id = `vol-0${createHash("sha256").update(`${instance.instanceId}${device}`).digest("hex").slice(0, 16)}`;
      const attachment: Attachment = { instanceId: instance.instanceId, device, state: "attached", at: new Date(), deleteOnTermination };
      this.fill(this.add({ ...wish, id, zone: instance.zone, createdAt: new Date(), state: "in-use", attachment, tags: { ...tags } }));
    }
  }

  /** An instance has ended: what goes with it goes, everything else is free. Source: EBS user guide, "Preserve data when an instance is terminated". */
  instanceEnded(instanceId: string): void {
    for (const volume of this.on(instanceId)) {
      if (volume.attachment?.deleteOnTermination) this.items.delete(volume.id);
      else this.release(volume);
    }
  }

  /** Everything that is attached to an instance, the root volume too. */
  on(instanceId: string): Volume[] {
    return this.all().filter(({ attachment }) => attachment?.instanceId === instanceId);
  }

  /** Ids of the data volumes that an instance's operating system sees now. */
  seenBy({ instanceId, rootDevice }: Instance): string[] {
    return this.on(instanceId)
      .filter(({ attachment }) => attachment?.device !== rootDevice && attachment?.state !== "attaching")
      .map(({ id }) => id);
  }

  /** Set by whoever knows the instances: tells a machine what is attached to it. */
  show: (instanceId: string) => void = () => {};

  /** Source: EBS user guide, "EventBridge events for Amazon EBS". */
  private announce(event: "createVolume" | "deleteVolume", { id, keyId }: Volume, result: "available" | "failed" | "deleted"): void {
    const cause = result === "failed" ? `${keyId} is disabled or not accessible.` : "";
    this.account.links.emit({
      source: "aws.ec2",
      "detail-type": "EBS Volume Notification",
      resources: [arn("ec2", `volume/${id}`)],
      detail: { result, cause, event, "request-id": requestId() },
    });
  }
}

const incorrectState = ({ id, state }: Volume): AwsError => new AwsError("IncorrectState", `Volume '${id}' is in the '${state}' state.`);
