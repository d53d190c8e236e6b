import type { ImageState, ResourceType, VolumeType } from "@aws-sdk/client-ec2";
import { ACCOUNT_ID, type Account, arn, REGION, requestId } from "../../account/account.ts";
import { AwsError, type Right } from "../../account/operation.ts";
import type { Principal } from "../../account/principal.ts";
import { UBUNTU_IMAGE_ID } from "../../fleet/machine-image.ts";
import { between } from "../../world/chance.ts";
import { Collection, type Resource, tagContext } from "./collection.ts";
import { admitsUser } from "./key-use.ts";

/** From `pending` to `available`, which is a copy of the whole disk; EC2 documents no time, assumed. */
const COPY_MS = [180_000, 480_000] as const;

/** The disk that an image starts with; EC2 keeps it when the image goes, unless it is told otherwise. */
export interface Snapshot extends Resource {
  sizeGib: number;
  encrypted: boolean;
  keyId?: string | undefined;
}

/** A machine image of this account. */
export interface Image extends Resource {
  name: string;
  description?: string | undefined;
  createdAt: Date;
  state: ImageState;
  rootDevice: string;
  volumeType: VolumeType;
  snapshot: Snapshot;
}

/** Everything about an image that its maker chooses; the tags go to its snapshot too. */
export type ImageWish = Pick<Image, "name" | "description" | "rootDevice" | "volumeType" | "tags"> & Omit<Snapshot, "id" | "tags">;

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
  "is-public": () => ["false"],
  "root-device-name": ({ rootDevice }: Image) => [rootDevice],
  "root-device-type": () => ["ebs"],
  "virtualization-type": () => ["hvm"],
  "block-device-mapping.snapshot-id": ({ snapshot }: Image) => [snapshot.id],
  "block-device-mapping.encrypted": ({ snapshot }: Image) => [String(snapshot.encrypted)],
};

const missing = (id: string): AwsError => new AwsError("InvalidAMIID.NotFound", `The image id '[${id}]' does not exist`);
const unavailable = (id: string): AwsError => new AwsError("InvalidAMIID.Unavailable", `The image ID '${id}' is not available`);

/** The images of the account, and which image ids may be launched. */
export class Images extends Collection<Image> {
  readonly snapshots = new Collection<Snapshot>({ type: "snapshot", prefix: "snap", missing: noSnapshot, fields: {} });
  private readonly account: Account;
  private readonly gone: Set<string>;
  /** Ids that were used before the account had any image of its own: nobody described them, and they go on as they began. */
  private readonly assumed = new Set<string>([UBUNTU_IMAGE_ID]);

  constructor(account: Account) {
    const gone = new Set<string>();
    super({ type: "image", prefix: "ami", missing: (id) => (gone.has(id) ? unavailable(id) : missing(id)), fields: FIELDS });
    this.account = account;
    this.gone = gone;
  }

  /** A new image is `pending` while its disk is copied, then `available`; where the key does not admit its maker it is `failed`. Resolves with it then. */
  async register({ name, description, rootDevice, volumeType, tags, ...disk }: ImageWish, by: Principal): Promise<Image> {
    if (this.all().some((image) => image.name === name)) throw new AwsError("InvalidAMIName.Duplicate", `AMI name ${name} is already in use by AMI`);
    const snapshot = this.snapshots.add({ ...disk, id: this.snapshots.newId(), tags: { ...tags } });
    const image = this.add({
      id: this.newId(),
      name,
      description,
      createdAt: new Date(),
      state: "pending",
      rootDevice,
      volumeType,
      snapshot,
      tags: { ...tags },
    });
    const admitted = admitsUser(this.account, snapshot, by);
    await new Promise((resolve) => setTimeout(resolve, between(...COPY_MS)));
    if (!this.items.has(image.id)) return image;
    image.state = admitted ? "available" : "failed";
    this.announce(image, image.state);
    return image;
  }

  /** Instances that run from it go on, and its snapshot stays. Source: EC2 API reference, DeregisterImage. */
  deregister(image: Image): void {
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

function noSnapshot(id: string): AwsError {
  return new AwsError("InvalidSnapshot.NotFound", `The snapshot '${id}' does not exist.`);
}

/** ARN of anything in EC2; images and snapshots belong to no account there. Source: service authorization reference, Amazon EC2, "Resource types". */
export const arnOf = (type: ResourceType | "*", id: string): string =>
  type === "image" || type === "snapshot" ? `arn:aws:ec2:${REGION}::${type}/${id}` : arn("ec2", `${type}/${id}`);

/** One action on an image or a snapshot, with its tags as condition keys. */
export const onResource = (action: string, type: "image" | "snapshot", { id, tags }: Resource): Right => ({
  action: `ec2:${action}`,
  resources: [arnOf(type, id)],
  context: tagContext(tags),
});
