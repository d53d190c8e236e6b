import { AwsError } from "../../account/operation.ts";
import { hex } from "../../world/chance.ts";
import { Collection, notFound, type Resource } from "./collection.ts";
import type { Instance } from "./instance.ts";

/** Source: EC2 user guide, "Elastic IP addresses": five per region unless raised. */
const MOST_ADDRESSES = 5;

/** An Elastic IP address; its id is the allocation's. */
export interface Address extends Resource {
  publicIp: string;
  association?: { id: string; instanceId?: string | undefined; natGatewayId?: string | undefined } | undefined;
}

const FIELDS = {
  "allocation-id": ({ id }: Address) => [id],
  "public-ip": ({ publicIp }: Address) => [publicIp],
  "association-id": ({ association }: Address) => [association?.id ?? []].flat(),
  "instance-id": ({ association }: Address) => [association?.instanceId ?? []].flat(),
  domain: () => ["vpc"],
};

/** The Elastic IP addresses of the account, and the public addresses that EC2 lends to instances. */
export class Addresses extends Collection<Address> {
  private given = 0;

  constructor() {
    super({ type: "elastic-ip", prefix: "eipalloc", missing: notFound("InvalidAllocationID.NotFound", "allocation ID"), fields: FIELDS });
  }

  allocate(tags: Record<string, string>): Address {
    if (this.items.size >= MOST_ADDRESSES) throw new AwsError("AddressLimitExceeded", "The maximum number of addresses has been reached.");
    return this.add({ id: this.newId(), publicIp: this.nextPublicIp(), tags });
  }

  release(address: Address): void {
    if (address.association) throw new AwsError("InvalidIPAddress.InUse", `Address ${address.publicIp} is in use.`);
    this.items.delete(address.id);
  }

  /**
   * Gives an address to an instance, which loses the one that it was lent. It is taken from another instance unless the
   * caller forbids that; from a NAT gateway never. Source: EC2 API reference, AssociateAddress.
   */
  associate(address: Address, instance: Instance, mayReassociate: boolean): string {
    const { association } = address;
    if (association?.instanceId === instance.instanceId) return association.id;
    if (association && (!mayReassociate || association.natGatewayId !== undefined))
      throw new AwsError("Resource.AlreadyAssociated", `resource ${address.id} is already associated with associate-id ${association.id}`);
    if (instance.state === "pending")
      throw new AwsError("IncorrectInstanceState", `The pending instance '${instance.instanceId}' is not in a valid state for this operation.`);
    if (instance.state === "shutting-down" || instance.state === "terminated")
      throw new AwsError("InvalidInstanceID", `The instance '${instance.instanceId}' is not in a valid state for this operation.`);
    // An instance has one address at its private address: the one before goes.
    const before = this.of(instance.instanceId);
    if (before) delete before.association;
    delete instance.publicIp;
    address.association = { id: `eipassoc-0${hex(16)}`, instanceId: instance.instanceId };
    return address.association.id;
  }

  associateWithGateway(address: Address, natGatewayId: string): void {
    if (address.association)
      throw new AwsError("Resource.AlreadyAssociated", `resource ${address.id} is already associated with associate-id ${address.association.id}`);
    address.association = { id: `eipassoc-0${hex(16)}`, natGatewayId };
  }

  /** Says from which instance the address was taken. */
  disassociate(associationId: string | undefined): string | undefined {
    const address = this.all().find(({ association }) => association?.id === associationId);
    if (!address?.association) throw new AwsError("InvalidAssociationID.NotFound", `The association ID '${associationId}' does not exist`);
    const { instanceId, natGatewayId } = address.association;
    if (natGatewayId !== undefined)
      throw new AwsError("AuthFailure", `You do not have permission to access the specified resource: the address belongs to ${natGatewayId}.`);
    delete address.association;
    return instanceId;
  }

  /** The Elastic IP address of an instance. */
  of(instanceId: string): Address | undefined {
    return this.all().find(({ association }) => association?.instanceId === instanceId);
  }

  /** An address goes back to the account when its instance ends. Source: EC2 user guide, "Elastic IP addresses". */
  instanceEnded(instanceId: string): void {
    const address = this.of(instanceId);
    if (address) delete address.association;
  }

  /** The next address of the range that is kept for documentation. */
  nextPublicIp(): string {
    this.given += 1;
    return `198.51.${100 + Math.floor(this.given / 254)}.${(this.given % 254) + 1}`;
  }
}
