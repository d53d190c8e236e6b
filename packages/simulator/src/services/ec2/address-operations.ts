import type * as sdk from "@aws-sdk/client-ec2";
import { AwsError, type Operations, type Right } from "../../account/operation.ts";
import type { Address } from "./addresses.ts";
import type { Instance } from "./instance.ts";
import { findAll } from "./lookup.ts";
import { onInstances, toCreate } from "./rights.ts";
import type { Ec2State } from "./state.ts";
import { tagList, tagsFor } from "./template-data.ts";

/** Elastic IP addresses. */
export const addressOperations = (state: Ec2State): Operations<typeof sdk> => ({
  AllocateAddress: {
    rights: (input) => toCreate("AllocateAddress", "elastic-ip", { tags: tagsFor("elastic-ip", input.TagSpecifications) }),
    run: (input) => {
      const address = state.addresses.allocate(tagsFor("elastic-ip", input.TagSpecifications));
      return { AllocationId: address.id, PublicIp: address.publicIp, Domain: "vpc" };
    },
  },
  ReleaseAddress: {
    rights: (input) => state.addresses.rightsOn("ReleaseAddress", [input.AllocationId]),
    run: (input) => {
      state.addresses.release(state.addresses.the(input.AllocationId));
      return {};
    },
  },
  DescribeAddresses: { run: (input) => ({ Addresses: described(state, input).map((address) => addressShape(state, address)) }) },
  AssociateAddress: {
    rights: (input) => [
      ...state.addresses.rightsOn("AssociateAddress", [input.AllocationId]),
      ...onInstances(state.instances, "ec2:AssociateAddress", input.InstanceId === undefined ? [] : [input.InstanceId]),
    ],
    run: (input) => ({ AssociationId: associate(state, input) }),
  },
  DisassociateAddress: {
    rights: (input) => disassociateRights(state, input.AssociationId),
    run: (input) => {
      const instance = state.instances.all.get(state.addresses.disassociate(input.AssociationId) ?? "");
      if (instance) state.instances.lendAddress(instance);
      return {};
    },
  },
});

function described({ addresses }: Ec2State, input: sdk.DescribeAddressesRequest): Address[] {
  const named = addresses.describe({ ids: input.AllocationIds, filters: input.Filters }).items;
  const missing = input.PublicIps?.find((publicIp) => !addresses.all().some((address) => address.publicIp === publicIp));
  if (missing !== undefined) throw new AwsError("InvalidAddress.NotFound", `Address '${missing}' not found.`);
  return named.filter(({ publicIp }) => !input.PublicIps?.length || input.PublicIps.includes(publicIp));
}

function associate(state: Ec2State, input: sdk.AssociateAddressRequest): string {
  const address = state.addresses.the(input.AllocationId);
  if (input.InstanceId === undefined) throw new AwsError("MissingParameter", "Either 'InstanceId' or 'NetworkInterfaceId' must be provided");
  const [instance] = findAll(state.instances, [input.InstanceId]);
  if (!instance) throw new AwsError("InvalidInstanceID.NotFound", `The instance ID '${input.InstanceId}' does not exist`);
  requireWayOut(state, instance);
  const loser = state.instances.all.get(address.association?.instanceId ?? "");
  const id = state.addresses.associate(address, instance, input.AllowReassociation !== false);
  if (loser && loser !== instance) state.instances.lendAddress(loser);
  return id;
}

/** An address reaches nobody in a network without a gateway. Source: EC2 API reference, AssociateAddress; "Error codes". */
function requireWayOut({ network }: Ec2State, { subnetId }: Instance): void {
  const vpc = network.subnets.items.get(subnetId)?.vpcId;
  if (vpc !== undefined && !network.gateways.all().some((gateway) => gateway.vpcId === vpc))
    throw new AwsError("Gateway.NotAttached", `Network ${vpc} is not attached to any internet gateway`);
}

function disassociateRights({ addresses }: Ec2State, associationId: string | undefined): Right[] {
  const address = addresses.all().find(({ association }) => association?.id === associationId);
  return addresses.rightsOn("DisassociateAddress", [address?.id ?? "*"]);
}

const addressShape = ({ instances }: Ec2State, { id, publicIp, association, tags }: Address): sdk.Address => ({
  AllocationId: id,
  PublicIp: publicIp,
  Domain: "vpc",
  PublicIpv4Pool: "amazon",
  ...(association && { AssociationId: association.id, InstanceId: association.instanceId ?? "" }),
  ...(association?.instanceId !== undefined && { PrivateIpAddress: instances.all.get(association.instanceId)?.privateIp }),
  Tags: tagList(tags),
});
