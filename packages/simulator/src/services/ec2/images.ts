import type { ImageState, LaunchPermission, VolumeType } from "@aws-sdk/client-ec2";
import { ACCOUNT_ID, type Account, requestId } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import type { Principal } from "../../account/principal.ts";
import { UBUNTU_IMAGE_ID } from "../../fleet/machine-image.ts";
import { between } from "../../world/chance.ts";
import { Collection, type Resource } from "./collection.ts";
import { admitsUser } from "./key-use.ts";
import { arnOf } from "./resource-arns.ts";
import type { Snapshot, SnapshotDisk } from "./snapshot.ts";
import type { Snapshots } from "./snapshots.ts";

/** From `pending` to `available`, which is a copy of the whole disk; EC2 documents no time, assumed. */
const COPY_MS = [180_000, 480_000] as const;

/** One further disk of an image. */
interface ImageDisk {
  device: string;
  snapshot: Snapshot;
}

/** A machine image of this account. */
export interface Image extends Resource {
  name: string;
  description?: string | undefined;
  createdAt: Date;
  state: ImageState;
  rootDevice: string;
  volumeType: VolumeType;
  /** The disk that it starts with; EC2 keeps it when the image goes, unless it is told otherwise. */
  snapshot: Snapshot;
  further: ImageDisk[];
  /** Others who may launch it too. */
  permissions: LaunchPermission[];
  /** While it is there, nobody can deregister it; with a cooldown it goes on until then. */
  protection?: { cooldown: boolean; until: Date | null };
  /** When it was launched, oldest first. */
  launches: Date[];
}

/** Everybody may launch it. */
export const isPublic = ({ permissions }: Image): boolean => permissions.some(({ Group }) => Group === "all");

/** A launch is told only so long afterwards. Source: EC2 API reference, "Image", `lastLaunchedTime`. */
const TOLD_AFTER_MS = 24 * 3_600_000;

/** The last launch that EC2 tells of by now. */
export const lastLaunched = ({ launches }: Image): Date | undefined => launches.findLast((at) => Date.now() - at.getTime() >= TOLD_AFTER_MS);

/** EC2's word for how an image is protected. Source: EC2 user guide, "Protect an Amazon EC2 AMI from deregistration"; the word during the cooldown is assumed. */
export function protectionOf({ protection }: Image): string {
  if (!protection || (protection.until !== null && protection.until.getTime() <= Date.now())) return "disabled";
  return protection.cooldown ? "enabled-with-cooldown" : "enabled-without-cooldown";
}

/** Every snapshot that an image rests on. */
export const snapshotsOf = ({ snapshot, further }: Image): Snapshot[] => [snapshot, ...further.map((disk) => disk.snapshot)];

/** Everything about an image that its maker chooses; the tags go to its snapshot too. */
export type ImageWish = Pick<Image, "name" | "description" | "rootDevice" | "volumeType" | "tags"> & Omit<SnapshotDisk, "volumeId">;

/** Everything about an image that is made of snapshots that are there. */
type RegisterWish = Pick<Image, "name" | "description" | "rootDevice" | "volumeType" | "tags" | "snapshot" | "further">;

const FIELDS = {
  "image-id": ({ id }: Image) => [id],
  name: ({ name }: Image) => [name],
  description: ({ description }: Image) => [description ?? ""],
  state: ({ state }: Image) => [state],
  "owner-id": () => [ACCOUNT_ID],
  "owner-alias": () => ["self"],
  architecture: () => ["x86_64"],
  "creation-date": ({ createdAt }: Image) => [createdAt.toISOString()],
  "image-type": () => ["machine"],
  "is-public": (image: Image) => [String(isPublic(image))],
  "root-device-name": ({ rootDevice }: Image) => [rootDevice],
  "root-device-type": () => ["ebs"],
  "virtualization-type": () => ["hvm"],
  "block-device-mapping.snapshot-id": (image: Image) => snapshotsOf(image).map(({ id }) => id),
  "block-device-mapping.encrypted": ({ snapshot }: Image) => [String(snapshot.encrypted)],
};

const missing = (id: string): AwsError => new AwsError("InvalidAMIID.NotFound", `The image id '[${id}]' does not exist`);
const unavailable = (id: string): AwsError => new AwsError("InvalidAMIID.Unavailable", `The image ID '${id}' is not available`);

/** The images of the account, and which image ids may be launched. */
export class Images extends Collection<Image> {
  private readonly account: Account;
  private readonly snapshots: Snapshots;
  private readonly gone: Set<string>;
  /** Ids that were used before the account had any image of its own: nobody described them, and they go on as they began. */
  private readonly assumed = new Set<string>([UBUNTU_IMAGE_ID]);

  constructor(account: Account, snapshots: Snapshots) {
    const gone = new Set<string>();
    super({ type: "image", prefix: "ami", missing: (id) => (gone.has(id) ? unavailable(id) : missing(id)), fields: FIELDS });
    this.account = account;
    this.snapshots = snapshots;
    this.gone = gone;
  }

  /** A new image is `pending` while its disk is copied, then `available`; where the key does not admit its maker it is `failed`. Resolves with it then. */
  async register({ name, description, rootDevice, volumeType, tags, ...disk }: ImageWish, by: Principal): Promise<Image> {
    this.requireFree(name);
    const snapshot = this.snapshots.copy(disk, tags);
    const image = this.begin({ name, description, rootDevice, volumeType, tags, snapshot, further: [] });
    const admitted = admitsUser(this.account, snapshot, by);
    await new Promise((resolve) => setTimeout(resolve, between(...COPY_MS)));
    this.snapshots.settle(snapshot, admitted ? "completed" : "error", "Given key ID is not accessible");
    if (!this.items.has(image.id)) return image;
    this.turn(image, admitted ? "available" : "failed");
    return image;
  }

  /** An image of snapshots that are there; nothing has to be copied. Source: EC2 API reference, RegisterImage. */
  registerFrom(wish: RegisterWish): Image {
    this.requireFree(wish.name);
    const image = this.begin(wish);
    this.turn(image, "available");
    return image;
  }

  private requireFree(name: string): void {
    if (this.all().some((image) => image.name === name)) throw new AwsError("InvalidAMIName.Duplicate", `AMI name ${name} is already in use by AMI`);
  }

  private begin(wish: RegisterWish): Image {
    return this.add({ ...wish, id: this.newId(), createdAt: new Date(), state: "pending", tags: { ...wish.tags }, permissions: [], launches: [] });
  }

  /** Changes the state of an image, and says so. */
  turn(image: Image, state: ImageState): void {
    image.state = state;
    this.announce(image, state);
  }

  /** The image, in whatever state, that a snapshot is needed for. */
  restingOn(snapshot: Snapshot): Image | undefined {
    return this.all().find((image) => snapshotsOf(image).includes(snapshot));
  }

  /** Notes that an instance was made of it. */
  launched(id: string): void {
    this.items.get(id)?.launches.push(new Date());
  }

  /** Instances that run from it go on, and its snapshot stays. Source: EC2 API reference, DeregisterImage; the code of the refusal is assumed. */
  deregister(image: Image): void {
    if (protectionOf(image) !== "disabled")
      throw new AwsError("OperationNotPermitted", `The image ID '${image.id}' can't be deregistered: deregistration protection is enabled for it`);
    this.items.delete(image.id);
    this.gone.add(image.id);
    this.announce(image, "deregistered");
  }

  /** Refuses to launch what EC2 would not. While the account has no image of its own any id is one, as nobody described any. */
  requireLaunchable(id: string): void {
    const image = this.items.get(id);
    if (image?.state === "available" || this.assumed.has(id)) return;
    if (image) throw unavailable(id);
    if (this.items.size > 0 || this.gone.size > 0) this.the(id);
    this.assumed.add(id);
  }

  /** Source: EC2 user guide, "Monitor AMI events using Amazon EventBridge". */
  private announce({ id }: Image, State: ImageState): void {
    const ErrorMessage = State === "failed" ? "The key of the image's snapshot is disabled or not accessible." : "";
    this.account.links.emit({
      source: "aws.ec2",
      "detail-type": "EC2 AMI State Change",
      resources: [arnOf("image", id)],
      detail: { RequestId: requestId(), ImageId: id, State, ErrorMessage },
    });
  }
}
