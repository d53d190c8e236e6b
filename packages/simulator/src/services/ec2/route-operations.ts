import type * as sdk from "@aws-sdk/client-ec2";
import { ACCOUNT_ID } from "../../account/account.ts";
import { AwsError, type Operations } from "../../account/operation.ts";
import { hex } from "../../world/chance.ts";
import { readCidr } from "./cidr.ts";
import type { InternetGateway, Network, Route, RouteTable } from "./network.ts";
import { toCreate } from "./rights.ts";
import { tagList, tagsFor } from "./template-data.ts";

/** Internet gateways and route tables. */
export const routeOperations = (network: Network): Operations<typeof sdk> => ({
  CreateInternetGateway: {
    rights: (input) => toCreate("CreateInternetGateway", "internet-gateway", { tags: tagsFor("internet-gateway", input.TagSpecifications) }),
    run: (input) => {
      const tags = tagsFor("internet-gateway", input.TagSpecifications);
      return { InternetGateway: gatewayShape(network.gateways.add({ id: network.gateways.newId(), tags })) };
    },
  },
  AttachInternetGateway: {
    rights: (input) => [
      ...network.gateways.rightsOn("AttachInternetGateway", [input.InternetGatewayId]),
      ...network.vpcs.rightsOn("AttachInternetGateway", [input.VpcId]),
    ],
    run: (input) => {
      attach(network, input);
      return {};
    },
  },
  DescribeInternetGateways: {
    run: (input) => {
      const { items, nextToken } = network.gateways.describe({
        ids: input.InternetGatewayIds,
        filters: input.Filters,
        maxResults: input.MaxResults,
        token: input.NextToken,
      });
      return { InternetGateways: items.map(gatewayShape), NextToken: nextToken };
    },
  },
  CreateRouteTable: {
    rights: (input) =>
      toCreate("CreateRouteTable", "route-table", { tags: tagsFor("route-table", input.TagSpecifications), within: [input.VpcId && `vpc/${input.VpcId}`] }),
    run: (input) => {
      const { id: vpcId, cidr } = network.vpcs.the(input.VpcId);
      const tags = tagsFor("route-table", input.TagSpecifications);
      const table = { id: network.routeTables.newId(), vpcId, routes: [{ destination: cidr, target: "local" }], associations: [], tags };
      return { RouteTable: tableShape(network.routeTables.add(table)) };
    },
  },
  CreateRoute: {
    rights: (input) => network.routeTables.rightsOn("CreateRoute", [input.RouteTableId]),
    run: (input) => {
      addRoute(network, input);
      return { Return: true };
    },
  },
  AssociateRouteTable: {
    rights: (input) => [
      ...network.routeTables.rightsOn("AssociateRouteTable", [input.RouteTableId]),
      ...network.subnets.rightsOn("AssociateRouteTable", [input.SubnetId]),
    ],
    run: (input) => ({ AssociationId: associate(network, input), AssociationState: { State: "associated" } }),
  },
  DescribeRouteTables: {
    run: (input) => {
      const { items, nextToken } = network.routeTables.describe({
        ids: input.RouteTableIds,
        filters: input.Filters,
        maxResults: input.MaxResults,
        token: input.NextToken,
      });
      return { RouteTables: items.map(tableShape), NextToken: nextToken };
    },
  },
});

function attach({ gateways, vpcs }: Network, input: sdk.AttachInternetGatewayRequest): void {
  const gateway = gateways.the(input.InternetGatewayId);
  const vpc = vpcs.the(input.VpcId);
  if (gateway.vpcId !== undefined) throw new AwsError("Resource.AlreadyAssociated", `resource ${gateway.id} is already attached to network ${gateway.vpcId}`);
  if (gateways.all().some(({ vpcId }) => vpcId === vpc.id))
    throw new AwsError("InvalidParameterValue", `Network ${vpc.id} already has an internet gateway attached`);
  gateway.vpcId = vpc.id;
}

function addRoute(network: Network, input: sdk.CreateRouteRequest): void {
  const table = network.routeTables.the(input.RouteTableId);
  const destination = input.DestinationCidrBlock ?? "";
  if (!readCidr(destination))
    throw new AwsError("InvalidParameterValue", `Value (${destination}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block.`);
  if (table.routes.some((route) => route.destination === destination))
    throw new AwsError("RouteAlreadyExists", `The route identified by ${destination} already exists.`);
  table.routes.push({ destination, target: targetOf(network, table, input) });
}

function targetOf({ gateways, natGateways }: Network, table: RouteTable, { GatewayId, NatGatewayId }: sdk.CreateRouteRequest): string {
  if (NatGatewayId !== undefined) return natGateways.the(NatGatewayId).id;
  if (GatewayId === undefined) throw new AwsError("MissingParameter", "The request must contain exactly one of gatewayId, natGatewayId");
  const gateway = gateways.items.get(GatewayId);
  if (!gateway) throw new AwsError("InvalidGatewayID.NotFound", `The gateway ID '${GatewayId}' does not exist`);
  if (gateway.vpcId !== table.vpcId)
    throw new AwsError("InvalidParameterValue", `route table ${table.id} and network gateway ${gateway.id} belong to different networks`);
  return gateway.id;
}

function associate({ routeTables, subnets }: Network, input: sdk.AssociateRouteTableRequest): string {
  const table = routeTables.the(input.RouteTableId);
  const subnet = subnets.the(input.SubnetId);
  if (subnet.vpcId !== table.vpcId) throw new AwsError("InvalidParameterValue", `Route table ${table.id} and subnet ${subnet.id} belong to different networks`);
  if (routeTables.all().some(({ associations }) => associations.some(({ subnetId }) => subnetId === subnet.id)))
    throw new AwsError("Resource.AlreadyAssociated", `the specified association for route table ${table.id} conflicts with an existing association`);
  const id = `rtbassoc-0${hex(16)}`;
  table.associations.push({ id, subnetId: subnet.id, isMain: false });
  return id;
}

const gatewayShape = ({ id, vpcId, tags }: InternetGateway): sdk.InternetGateway => ({
  InternetGatewayId: id,
  OwnerId: ACCOUNT_ID,
  Attachments: vpcId === undefined ? [] : [{ VpcId: vpcId, State: "available" as sdk.AttachmentStatus }],
  Tags: tagList(tags),
});

const tableShape = ({ id, vpcId, routes, associations, tags }: RouteTable): sdk.RouteTable => ({
  RouteTableId: id,
  VpcId: vpcId,
  OwnerId: ACCOUNT_ID,
  Routes: routes.map(routeShape),
  Associations: associations.map(({ id: RouteTableAssociationId, subnetId, isMain }) => ({
    RouteTableAssociationId,
    RouteTableId: id,
    SubnetId: subnetId,
    Main: isMain,
    AssociationState: { State: "associated" },
  })),
  Tags: tagList(tags),
});

const routeShape = ({ destination, target }: Route): sdk.Route => ({
  DestinationCidrBlock: destination,
  ...(target.startsWith("nat-") ? { NatGatewayId: target } : { GatewayId: target }),
  Origin: target === "local" ? "CreateRouteTable" : "CreateRoute",
  State: "active",
});
