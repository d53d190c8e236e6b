import {
  AllocateAddressCommand,
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  type CreateVpcEndpointCommandInput,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcEndpointsCommand,
  ModifySubnetAttributeCommand,
  ModifyVpcAttributeCommand,
  RevokeSecurityGroupEgressCommand,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { advance } from "@steward/simulator/world/drive";
import { beforeEach, describe, expect, test } from "vitest";
import { asked, type ComputeWorld, computeWorld, send } from "./compute-world.ts";

let world: ComputeWorld;
let vpc: string;

beforeEach(async () => {
  world = computeWorld(8);
  const TagSpecifications = [{ ResourceType: "vpc" as const, Tags: [{ Key: "Name", Value: "steward-demo" }] }];
  const { Vpc } = await send(world.sdk.ec2, new CreateVpcCommand({ CidrBlock: "10.0.0.0/20", TagSpecifications }));
  vpc = Vpc?.VpcId ?? "";
});

async function subnet(CidrBlock: string, AvailabilityZone = "us-east-1a"): Promise<string> {
  return (await send(world.sdk.ec2, new CreateSubnetCommand({ VpcId: vpc, CidrBlock, AvailabilityZone }))).Subnet?.SubnetId ?? "";
}

async function gateway(): Promise<string> {
  const { InternetGateway } = await send(world.sdk.ec2, new CreateInternetGatewayCommand({}));
  const InternetGatewayId = InternetGateway?.InternetGatewayId ?? "";
  await send(world.sdk.ec2, new AttachInternetGatewayCommand({ InternetGatewayId, VpcId: vpc }));
  return InternetGatewayId;
}

describe("a network", () => {
  test("has the attributes that it was given, one at a time", async () => {
    await send(world.sdk.ec2, new ModifyVpcAttributeCommand({ VpcId: vpc, EnableDnsHostnames: { Value: true } }));
    const { EnableDnsHostnames } = await send(world.sdk.ec2, new DescribeVpcAttributeCommand({ VpcId: vpc, Attribute: "enableDnsHostnames" }));
    expect(EnableDnsHostnames).toEqual({ Value: true });
  });

  test("has subnets in zones, inside of its range and beside each other", async () => {
    const id = await subnet("10.0.0.0/24", "us-east-1b");
    await send(world.sdk.ec2, new ModifySubnetAttributeCommand({ SubnetId: id, MapPublicIpOnLaunch: { Value: true } }));
    const { Subnets } = await send(world.sdk.ec2, new DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [vpc] }] }));
    expect(Subnets).toMatchObject([{ SubnetId: id, AvailabilityZone: "us-east-1b", AvailableIpAddressCount: 251, MapPublicIpOnLaunch: true }]);
    await expect(subnet("10.0.0.128/25")).rejects.toMatchObject({ name: "InvalidSubnet.Conflict" });
    await expect(subnet("10.1.0.0/24")).rejects.toMatchObject({ name: "InvalidSubnet.Range" });
    await expect(subnet("10.0.1.0/24", "us-east-1z")).rejects.toMatchObject({ name: "InvalidParameterValue" });
    await expect(send(world.sdk.ec2, new CreateVpcCommand({ CidrBlock: "10.0.0.0/8" }))).rejects.toMatchObject({ name: "InvalidVpc.Range" });
  });

  test("decides where its instances are, and an instance in no subnet of the account is refused", async () => {
    const id = await subnet("10.0.0.0/24", "us-east-1d");
    const run = (SubnetId: string) => send(world.sdk.ec2, new RunInstancesCommand({ ImageId: "ami-1", MinCount: 1, MaxCount: 1, SubnetId }));
    expect((await run(id)).Instances?.[0]).toMatchObject({ Placement: { AvailabilityZone: "us-east-1d" }, VpcId: vpc });
    await expect(run("subnet-0nowhere")).rejects.toMatchObject({ name: "InvalidSubnetID.NotFound" });
  });

  test("has one gateway, and routes that lead somewhere", async () => {
    const InternetGatewayId = await gateway();
    const { RouteTable } = await send(world.sdk.ec2, new CreateRouteTableCommand({ VpcId: vpc }));
    const RouteTableId = RouteTable?.RouteTableId ?? "";
    const route = (GatewayId: string) => send(world.sdk.ec2, new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: "0.0.0.0/0", GatewayId }));
    await expect(route("igw-0nowhere")).rejects.toMatchObject({ name: "InvalidGatewayID.NotFound" });
    await route(InternetGatewayId);
    await expect(route(InternetGatewayId)).rejects.toMatchObject({ name: "RouteAlreadyExists" });
    const SubnetId = await subnet("10.0.0.0/24");
    await send(world.sdk.ec2, new AssociateRouteTableCommand({ RouteTableId, SubnetId }));
    await expect(send(world.sdk.ec2, new AssociateRouteTableCommand({ RouteTableId, SubnetId }))).rejects.toMatchObject({ name: "Resource.AlreadyAssociated" });
    const { RouteTables } = await send(world.sdk.ec2, new DescribeRouteTablesCommand({ RouteTableIds: [RouteTableId] }));
    expect(RouteTables?.[0]?.Routes?.map(({ GatewayId }) => GatewayId)).toEqual(["local", InternetGatewayId]);
    await expect(send(world.sdk.ec2, new AttachInternetGatewayCommand({ InternetGatewayId, VpcId: vpc }))).rejects.toMatchObject({
      name: "Resource.AlreadyAssociated",
    });
  });
});

describe("a NAT gateway", () => {
  test("takes minutes, an address that is free, and a network with a way out", async () => {
    const SubnetId = await subnet("10.0.0.0/24");
    const { AllocationId, PublicIp } = await send(world.sdk.ec2, new AllocateAddressCommand({ Domain: "vpc" }));
    const create = () => send(world.sdk.ec2, new CreateNatGatewayCommand({ SubnetId, AllocationId }));
    await expect(create()).rejects.toMatchObject({ name: "Gateway.NotAttached" });
    await gateway();
    const { NatGateway } = await create();
    expect(NatGateway).toMatchObject({ State: "pending", VpcId: vpc, NatGatewayAddresses: [{ AllocationId, PublicIp }] });
    await expect(create()).rejects.toMatchObject({ name: "Resource.AlreadyAssociated" });
    await advance(180_000);
    const { NatGateways } = await send(world.sdk.ec2, new DescribeNatGatewaysCommand({ NatGatewayIds: [NatGateway?.NatGatewayId ?? ""] }));
    expect(NatGateways?.[0]?.State).toBe("available");
  });
});

describe("an endpoint", () => {
  const create = (extra: Partial<CreateVpcEndpointCommandInput>) =>
    send(world.sdk.ec2, new CreateVpcEndpointCommand({ VpcId: vpc, ServiceName: "com.amazonaws.us-east-1.s3", ...extra }));

  test("of S3 is a gateway that is there at once, any other is an interface that comes later", async () => {
    expect((await create({})).VpcEndpoint).toMatchObject({ State: "available", VpcEndpointType: "Gateway" });
    const { VpcEndpoint } = await create({
      ServiceName: "com.amazonaws.us-east-1.ssm",
      VpcEndpointType: "Interface",
      SubnetIds: [await subnet("10.0.0.0/24")],
    });
    expect(VpcEndpoint).toMatchObject({ State: "pending", PrivateDnsEnabled: true });
    await advance(120_000);
    const { VpcEndpoints } = await send(world.sdk.ec2, new DescribeVpcEndpointsCommand({ VpcEndpointIds: [VpcEndpoint?.VpcEndpointId ?? ""] }));
    expect(VpcEndpoints?.[0]?.State).toBe("available");
  });

  test.each([
    [{ ServiceName: "com.amazonaws.us-east-1.ssm" }, "InvalidParameter"],
    [{ ServiceName: "ssm" }, "InvalidServiceName"],
    [{ SubnetIds: ["subnet-1"] }, "InvalidParameter"],
  ])("is refused as %j", async (extra, code) => {
    await expect(create(extra)).rejects.toMatchObject({ name: code });
  });
});

describe("a security group", () => {
  async function group(GroupName = "nodes"): Promise<string> {
    const TagSpecifications = [{ ResourceType: "security-group" as const, Tags: [{ Key: "steward:stage", Value: "demo" }] }];
    return (await send(world.sdk.ec2, new CreateSecurityGroupCommand({ VpcId: vpc, GroupName, Description: "the nodes", TagSpecifications }))).GroupId ?? "";
  }
  const web = [{ IpProtocol: "tcp", FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: "0.0.0.0/0", Description: "readers" }] }];
  const described = async (id: string) => (await send(world.sdk.ec2, new DescribeSecurityGroupsCommand({ GroupIds: [id] }))).SecurityGroups?.[0];

  test("lets everything out at first, until that is taken away", async () => {
    const id = await group();
    const all = [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }];
    expect((await described(id))?.IpPermissionsEgress).toMatchObject(all);
    await send(world.sdk.ec2, new RevokeSecurityGroupEgressCommand({ GroupId: id, IpPermissions: all }));
    expect((await described(id))?.IpPermissionsEgress).toEqual([]);
    await expect(send(world.sdk.ec2, new RevokeSecurityGroupEgressCommand({ GroupId: id, IpPermissions: all }))).rejects.toMatchObject({
      name: "InvalidPermission.NotFound",
    });
  });

  test("has rules for ranges, groups and prefix lists, each once", async () => {
    const [id, other] = [await group(), await group("balancer")];
    const add = (IpPermissions: object[]) => send(world.sdk.ec2, new AuthorizeSecurityGroupIngressCommand({ GroupId: id, IpPermissions }));
    await add(web);
    await expect(add(web)).rejects.toMatchObject({
      name: "InvalidPermission.Duplicate",
      message: expect.stringContaining("peer: 0.0.0.0/0, TCP, from port: 443"),
    });
    await add([{ IpProtocol: "tcp", FromPort: 4242, ToPort: 4242, UserIdGroupPairs: [{ GroupId: other }] }]);
    const s3 = [{ IpProtocol: "tcp", FromPort: 443, ToPort: 443, PrefixListIds: [{ PrefixListId: "pl-63a5400a" }] }];
    await send(world.sdk.ec2, new AuthorizeSecurityGroupEgressCommand({ GroupId: id, IpPermissions: s3 }));
    expect(await described(id)).toMatchObject({
      IpPermissions: [
        { FromPort: 443, IpRanges: [{ CidrIp: "0.0.0.0/0", Description: "readers" }] },
        { FromPort: 4242, UserIdGroupPairs: [{ GroupId: other }] },
      ],
      Tags: [{ Key: "steward:stage", Value: "demo" }],
    });
    await expect(add([{ IpProtocol: "tcp", FromPort: 80, ToPort: 80, UserIdGroupPairs: [{ GroupId: "sg-0nowhere" }] }])).rejects.toMatchObject({
      name: "InvalidGroup.NotFound",
    });
  });

  test("has a name of its own in its network, and is made with the right to tag it", async () => {
    const rights = await asked(world, group);
    expect(rights.map(({ action, resources }) => [action, resources[0]?.split(":").at(-1)])).toEqual([
      ["ec2:CreateSecurityGroup", "security-group/*"],
      ["ec2:CreateSecurityGroup", `vpc/${vpc}`],
      ["ec2:CreateTags", "security-group/*"],
    ]);
    await expect(group()).rejects.toMatchObject({ name: "InvalidGroup.Duplicate" });
  });
});
