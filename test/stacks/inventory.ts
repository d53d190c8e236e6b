import { scalingSuffix } from "@steward/core/topology/arns";
import type { FunctionId } from "@steward/core/topology/control-spec";
import type { TrafficSpec } from "@steward/core/topology/network-spec";
import { fill } from "@steward/core/topology/placeholders";
import { policyParts } from "@steward/core/topology/policy-parts";
import type { Topology } from "@steward/core/topology/topology";
import { builtProgram } from "./program.ts";

/** Things of one Pulumi type by their identities. */
type Kind = [type: string, identities: string[]];

const named = (specs: readonly { name: string }[]): string[] => specs.map(({ name }) => name);

/** Everything that a topology says shall be on AWS, by Pulumi type and identity, in order. */
export const inventoryOf = (topology: Topology): string[] =>
  [network, state, fleet, image, control]
    .flatMap((part) => part(topology))
    .flatMap(([type, identities]) => identities.map((identity) => `${type} ${identity}`))
    .sort();

function network({ network: { vpc, internetGateway, subnets, natGateway, routeTables, endpoints, securityGroups } }: Topology): Kind[] {
  const nameOf = (id: string) => [...subnets, ...securityGroups].find((spec) => spec.id === id)?.name ?? "";
  const traffic = (group: string, specs: TrafficSpec[]) =>
    specs.map(({ protocol, from, to, peer }) => `${group} ${protocol} ${from}-${to} ${"cidr" in peer ? peer.cidr : nameOf(peer.group)}`);
  return [
    ["aws:ec2/vpc:Vpc", [vpc.name]],
    ["aws:ec2/internetGateway:InternetGateway", [internetGateway]],
    ["aws:ec2/subnet:Subnet", named(subnets)],
    ["aws:ec2/natGateway:NatGateway", natGateway ? [natGateway.name] : []],
    ["aws:ec2/eip:Eip", natGateway ? [`${natGateway.name}-nat`] : []],
    ["aws:ec2/routeTable:RouteTable", named(routeTables)],
    ["aws:ec2/route:Route", routeTables.flatMap(({ name, defaultRoute }) => (defaultRoute ? [`${name} 0.0.0.0/0 ${defaultRoute}`] : []))],
    ["aws:ec2/routeTableAssociation:RouteTableAssociation", routeTables.flatMap((table) => table.subnets.map((id) => `${table.name} ${nameOf(id)}`))],
    ["aws:ec2/vpcEndpoint:VpcEndpoint", named(endpoints)],
    ["aws:ec2/securityGroup:SecurityGroup", named(securityGroups)],
    ["aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", securityGroups.flatMap(({ name, ingress }) => traffic(name, ingress))],
    ["aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", securityGroups.flatMap(({ name, egress }) => traffic(name, egress))],
  ];
}

function state({ keys, buckets, objects, secrets, database, table, parameters, document }: Topology): Kind[] {
  const all = named(buckets);
  const stateBucket = named(buckets.filter(({ id }) => id === "state"));
  return [
    ["aws:kms/key:Key", keys.map(({ description }) => description)],
    ["aws:kms/alias:Alias", keys.map(({ alias }) => alias)],
    ["aws:s3/bucket:Bucket", all],
    ["aws:s3/bucketPolicy:BucketPolicy", all],
    ["aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", all],
    ["aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", all],
    ["aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", all],
    ["aws:s3/bucketVersioning:BucketVersioning", named(buckets.filter(({ versioned }) => versioned))],
    ["aws:s3/bucketNotification:BucketNotification", named(buckets.filter(({ events }) => events))],
    ["aws:s3/bucketObjectv2:BucketObjectv2", stateBucket.flatMap((bucket) => objects.map(({ key }) => `${bucket} ${key}`))],
    ["aws:secretsmanager/secret:Secret", named(secrets)],
    ["aws:rds/instance:Instance", database ? [database.id] : []],
    ["aws:rds/subnetGroup:SubnetGroup", database ? [database.subnetGroup.name] : []],
    ["aws:rds/parameterGroup:ParameterGroup", database ? [database.parameterGroup.name] : []],
    ["aws:dynamodb/table:Table", [table.name]],
    ["aws:ssm/parameter:Parameter", named(parameters)],
    ["aws:ssm/document:Document", [document.name]],
  ];
}

function fleet({ stage, nodeRole, drillRole, functions, launchTemplate, group, balancer, address }: Topology): Kind[] {
  return [
    ["aws:iam/serviceLinkedRole:ServiceLinkedRole", [`autoscaling.amazonaws.com ${scalingSuffix(stage)}`]],
    ["aws:iam/role:Role", [nodeRole.name, ...(drillRole ? [drillRole.name] : []), ...functions.map(({ role }) => role.name)]],
    ["aws:iam/policy:Policy", functions.flatMap(({ role }) => policyParts(role.policy).managed.map((_, index) => `${role.name}-${index + 2}`))],
    ["aws:iam/instanceProfile:InstanceProfile", [nodeRole.instanceProfile, ...(drillRole ? [drillRole.instanceProfile] : [])]],
    ["aws:ec2/launchTemplate:LaunchTemplate", [launchTemplate.name]],
    ["aws:autoscaling/group:Group", [group.name]],
    ["aws:lb/loadBalancer:LoadBalancer", balancer ? [balancer.name] : []],
    ["aws:lb/targetGroup:TargetGroup", balancer ? [balancer.targetGroup.name] : []],
    ["aws:lb/listener:Listener", named(balancer?.listeners ?? [])],
    ["aws:ec2/eip:Eip", address ? [address.name] : []],
  ];
}

/** The builder's own subnet, where the nodes' has no way out for it. */
function image({
  image: { program, components, recipe, builder, distribution, pipeline },
  buckets,
  network: { routeTables, securityGroups },
}: Topology): Kind[] {
  const { placement, securityGroup, admittedBy } = builder;
  const subnets = placement.of === "builder" ? [placement] : [];
  const tableOf = (id: string) => routeTables.find((table) => table.id === id)?.name;
  const groupOf = (id: string) => securityGroups.find((group) => group.id === id)?.name;
  return [
    [
      "aws:s3/bucketObjectv2:BucketObjectv2",
      named(buckets.filter(({ id }) => id === "state")).map((bucket) => `${bucket} ${fill(program.key, builtProgram())}`),
    ],
    ["aws:imagebuilder/component:Component", named(components)],
    ["aws:imagebuilder/imageRecipe:ImageRecipe", [recipe.name]],
    ["aws:imagebuilder/infrastructureConfiguration:InfrastructureConfiguration", [builder.name]],
    ["aws:imagebuilder/distributionConfiguration:DistributionConfiguration", [distribution.name]],
    ["aws:imagebuilder/imagePipeline:ImagePipeline", [pipeline.name]],
    ["aws:iam/role:Role", [builder.role.name]],
    ["aws:iam/instanceProfile:InstanceProfile", [builder.role.instanceProfile]],
    ["aws:ec2/subnet:Subnet", subnets.map(({ subnet }) => subnet.name)],
    ["aws:ec2/routeTableAssociation:RouteTableAssociation", subnets.map(({ subnet, routeTable }) => `${tableOf(routeTable)} ${subnet.name}`)],
    ["aws:ec2/securityGroup:SecurityGroup", [securityGroup.name]],
    [
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
      securityGroup.egress.map(
        ({ protocol, from, to, peer }) => `${securityGroup.name} ${protocol} ${from}-${to} ${"cidr" in peer ? peer.cidr : groupOf(peer.group)}`,
      ),
    ],
    ["aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", admittedBy.map((id) => `${groupOf(id)} tcp 443-443 ${securityGroup.name}`)],
  ];
}

function control({ bus, topics, deadLetter, functions, logGroups, rules, schedules, alarms, composites, dashboard }: Topology): Kind[] {
  const triggers = [...rules, ...schedules.map((spec) => ({ ...spec, bus: "default" }))];
  const functionOf = (id: FunctionId) => functions.find(({ handler }) => handler === id)?.name ?? "";
  return [
    ["aws:cloudwatch/eventBus:EventBus", [bus]],
    ["aws:sns/topic:Topic", named(topics)],
    ["aws:sns/topicPolicy:TopicPolicy", named(topics)],
    [
      "aws:sns/topicSubscription:TopicSubscription",
      topics.flatMap(({ name, subscriptions }) => subscriptions.map((to) => `${name} ${to.protocol} ${to.endpoint}`)),
    ],
    ["aws:sqs/queue:Queue", [deadLetter.name]],
    ["aws:sqs/queuePolicy:QueuePolicy", [deadLetter.name]],
    ["aws:lambda/function:Function", named(functions)],
    ["aws:lambda/alias:Alias", functions.flatMap(({ name, durable }) => (durable ? [`${name} ${durable.alias}`] : []))],
    ["aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", named(functions.filter(({ asyncRetry }) => asyncRetry !== null))],
    ["aws:cloudwatch/logGroup:LogGroup", named([...logGroups, ...functions.map(({ logs }) => logs)])],
    ["aws:cloudwatch/eventRule:EventRule", triggers.map(({ name, bus: on }) => `${on} ${name}`)],
    ["aws:cloudwatch/eventTarget:EventTarget", triggers.map(({ name, bus: on, target }) => `${on} ${name} ${target}`)],
    ["aws:lambda/permission:Permission", triggers.map(({ name, target }) => `${functionOf(target)} ${name}`)],
    ["aws:lambda/invocation:Invocation", schedules.flatMap(({ target, atDeploy }) => (atDeploy === null ? [] : [functionOf(target)]))],
    ["aws:cloudwatch/metricAlarm:MetricAlarm", named(alarms)],
    ["aws:cloudwatch/compositeAlarm:CompositeAlarm", named(composites)],
    ["aws:cloudwatch/dashboard:Dashboard", [dashboard.name]],
  ];
}
