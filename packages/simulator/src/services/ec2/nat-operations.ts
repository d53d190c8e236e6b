import type * as sdk from "@aws-sdk/client-ec2";
import { ACCOUNT_ID } from "../../account/account.ts";
import { AwsError, type Operations } from "../../account/operation.ts";
import { between } from "../../world/chance.ts";
import { endpointService, type NatGateway, type VpcEndpoint } from "./network.ts";
import { toCreate } from "./rights.ts";
import type { Ec2State } from "./state.ts";
import { tagList, tagsFor } from "./template-data.ts";

/** Assumed: a NAT gateway takes one to three minutes, an interface endpoint one to two; a gateway endpoint is there at once. */
const NAT_MS = [60_000, 180_000] as const;
const INTERFACE_MS = [60_000, 120_000] as const;

/** Ways out of a network: NAT gateways and endpoints of AWS's services. */
export const natOperations = (state: Ec2State): Operations<typeof sdk> => ({
  CreateNatGateway: {
    rights: (input) =>
      toCreate("CreateNatGateway", "natgateway", {
        tags: tagsFor("natgateway", input.TagSpecifications),
        within: [input.SubnetId && `subnet/${input.SubnetId}`, input.AllocationId && `elastic-ip/${input.AllocationId}`],
      }),
    run: (input) => ({ NatGateway: natShape(state, createNat(state, input)) }),
  },
  DescribeNatGateways: {
    run: (input) => {
      const { items, nextToken } = state.network.natGateways.describe({
        ids: input.NatGatewayIds,
        filters: input.Filter,
        maxResults: input.MaxResults,
        token: input.NextToken,
      });
      return { NatGateways: items.map((nat) => natShape(state, nat)), NextToken: nextToken };
    },
  },
  CreateVpcEndpoint: {
    rights: (input) =>
      toCreate("CreateVpcEndpoint", "vpc-endpoint", {
        tags: tagsFor("vpc-endpoint", input.TagSpecifications),
        context: { "ec2:VpceServiceName": input.ServiceName ?? "" },
        within: [
          input.VpcId && `vpc/${input.VpcId}`,
          ...(input.RouteTableIds ?? []).map((id) => `route-table/${id}`),
          ...(input.SubnetIds ?? []).map((id) => `subnet/${id}`),
          ...(input.SecurityGroupIds ?? []).map((id) => `security-group/${id}`),
        ],
      }),
    run: (input) => ({ VpcEndpoint: endpointShape(createEndpoint(state, input)) }),
  },
  DescribeVpcEndpoints: {
    run: (input) => {
      const { items, nextToken } = state.network.endpoints.describe({
        ids: input.VpcEndpointIds,
        filters: input.Filters,
        maxResults: input.MaxResults,
        token: input.NextToken,
      });
      return { VpcEndpoints: items.map(endpointShape), NextToken: nextToken };
    },
  },
});

function createNat({ network, addresses }: Ec2State, input: sdk.CreateNatGatewayRequest): NatGateway {
  const subnet = network.subnets.the(input.SubnetId);
  if (input.AllocationId === undefined) throw new AwsError("MissingParameter", "The request must contain the parameter AllocationId");
  const address = addresses.the(input.AllocationId);
  if (!network.gateways.all().some(({ vpcId }) => vpcId === subnet.vpcId))
    throw new AwsError("Gateway.NotAttached", `Network ${subnet.vpcId} has no Internet gateway attached`);
  const id = network.natGateways.newId();
  addresses.associateWithGateway(address, id);
  const tags = tagsFor("natgateway", input.TagSpecifications);
  const nat: NatGateway = { id, vpcId: subnet.vpcId, subnetId: subnet.id, allocationId: address.id, state: "pending", createdAt: new Date(), tags };
  available(nat, NAT_MS);
  return network.natGateways.add(nat);
}

function available(resource: { state: "pending" | "available" }, range: readonly [number, number]): void {
  setTimeout(
    () => {
      resource.state = "available";
    },
    between(...range),
  );
}

const GATEWAY_SERVICES = ["s3", "dynamodb"].map(endpointService);
const OPEN_POLICY = JSON.stringify({ Version: "2008-10-17", Statement: [{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }] });

/** Source: EC2 API reference, CreateVpcEndpoint: gateway endpoints go into route tables, interface endpoints into subnets. */
function createEndpoint({ network }: Ec2State, input: sdk.CreateVpcEndpointRequest): VpcEndpoint {
  const vpc = network.vpcs.the(input.VpcId);
  const type = input.VpcEndpointType ?? "Gateway";
  const service = input.ServiceName ?? "";
  if (!service.startsWith(endpointService(""))) throw new AwsError("InvalidServiceName", `The Vpc Endpoint Service '${service}' does not exist`);
  if (type !== "Gateway" && type !== "Interface")
    throw new AwsError("UnknownOperationException", `the simulated account does not model endpoints of the type ${type}`, 501);
  if (type === "Gateway" && !GATEWAY_SERVICES.includes(service))
    throw new AwsError("InvalidParameter", `Endpoint type (Gateway) does not match available service types ([Interface]).`);
  const misplaced = type === "Gateway" ? input.SubnetIds?.length : input.RouteTableIds?.length;
  if (misplaced)
    throw new AwsError("InvalidParameter", `${type === "Gateway" ? "Subnet IDs" : "Route table IDs"} are not supported for ${type} type VPC Endpoint.`);
  const endpoint: VpcEndpoint = {
    id: network.endpoints.newId(),
    vpcId: vpc.id,
    service,
    type,
    routeTables: (input.RouteTableIds ?? []).map((id) => network.routeTables.the(id).id),
    subnets: (input.SubnetIds ?? []).map((id) => network.subnets.the(id).id),
    securityGroups: (input.SecurityGroupIds ?? []).map((id) => network.securityGroups.the(id).id),
    privateDns: type === "Interface" && input.PrivateDnsEnabled !== false,
    policy: input.PolicyDocument ?? OPEN_POLICY,
    state: type === "Gateway" ? "available" : "pending",
    createdAt: new Date(),
    tags: tagsFor("vpc-endpoint", input.TagSpecifications),
  };
  if (type === "Interface") available(endpoint, INTERFACE_MS);
  return network.endpoints.add(endpoint);
}

const natShape = ({ addresses }: Ec2State, nat: NatGateway): sdk.NatGateway => ({
  NatGatewayId: nat.id,
  VpcId: nat.vpcId,
  SubnetId: nat.subnetId,
  State: nat.state,
  ConnectivityType: "public",
  CreateTime: nat.createdAt,
  NatGatewayAddresses: [{ AllocationId: nat.allocationId, PublicIp: addresses.items.get(nat.allocationId)?.publicIp }],
  Tags: tagList(nat.tags),
});

const endpointShape = (endpoint: VpcEndpoint): sdk.VpcEndpoint => ({
  VpcEndpointId: endpoint.id,
  VpcEndpointType: endpoint.type,
  VpcId: endpoint.vpcId,
  ServiceName: endpoint.service,
  State: endpoint.state as sdk.State,
  PolicyDocument: endpoint.policy,
  RouteTableIds: endpoint.routeTables,
  SubnetIds: endpoint.subnets,
  Groups: endpoint.securityGroups.map((GroupId) => ({ GroupId })),
  PrivateDnsEnabled: endpoint.privateDns,
  CreationTimestamp: endpoint.createdAt,
  OwnerId: ACCOUNT_ID,
  Tags: tagList(endpoint.tags),
});
