import { namesById } from "./examples.ts";
import type { Graph, Resource } from "./graph/graph.ts";
import { revealed } from "./graph/stages.ts";

type Inputs = Record<string, unknown>;
type Identity = (inputs: Inputs, named: (id: unknown) => string) => string;

const text = (value: unknown): string => String(value ?? "");
const by =
  (...fields: string[]): Identity =>
  (inputs) =>
    fields.map((field) => text(inputs[field])).join(" ");
const byTag: Identity = ({ tags }) => text((tags as Inputs).Name);
const tail = (arn: unknown): string => text(arn).split(":").slice(5).join(":");
const traffic: Identity = ({ securityGroupId, ipProtocol, fromPort, toPort, cidrIpv4, referencedSecurityGroupId }, named) =>
  [named(securityGroupId), ipProtocol, `${fromPort}-${toPort}`, cidrIpv4 ?? named(referencedSecurityGroupId)].join(" ");

/** What makes one thing of a kind the same thing on AWS: its physical name, or the names of what it ties together. */
const IDENTITIES: Record<string, Identity> = {
  "aws:autoscaling/group:Group": by("name"),
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": by("alarmName"),
  "aws:cloudwatch/dashboard:Dashboard": by("dashboardName"),
  "aws:cloudwatch/eventBus:EventBus": by("name"),
  "aws:cloudwatch/eventRule:EventRule": ({ eventBusName, name }) => `${eventBusName ?? "default"} ${name}`,
  "aws:cloudwatch/eventTarget:EventTarget": by("eventBusName", "rule", "targetId"),
  "aws:cloudwatch/logGroup:LogGroup": by("name"),
  "aws:cloudwatch/metricAlarm:MetricAlarm": by("name"),
  "aws:dynamodb/table:Table": by("name"),
  "aws:ec2/eip:Eip": byTag,
  "aws:ec2/internetGateway:InternetGateway": byTag,
  "aws:ec2/launchTemplate:LaunchTemplate": by("name"),
  "aws:ec2/natGateway:NatGateway": byTag,
  "aws:ec2/route:Route": ({ routeTableId, destinationCidrBlock, gatewayId, natGatewayId }, named) =>
    `${named(routeTableId)} ${destinationCidrBlock} ${gatewayId ? "internet-gateway" : ""}${natGatewayId ? "nat-gateway" : ""}`,
  "aws:ec2/routeTable:RouteTable": byTag,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": ({ routeTableId, subnetId }, named) => `${named(routeTableId)} ${named(subnetId)}`,
  "aws:ec2/securityGroup:SecurityGroup": by("name"),
  "aws:ec2/subnet:Subnet": byTag,
  "aws:ec2/vpc:Vpc": byTag,
  "aws:ec2/vpcEndpoint:VpcEndpoint": byTag,
  "aws:iam/instanceProfile:InstanceProfile": by("name"),
  "aws:iam/policy:Policy": by("name"),
  "aws:iam/role:Role": by("name"),
  "aws:iam/serviceLinkedRole:ServiceLinkedRole": by("awsServiceName", "customSuffix"),
  "aws:imagebuilder/component:Component": by("name"),
  "aws:imagebuilder/distributionConfiguration:DistributionConfiguration": by("name"),
  "aws:imagebuilder/imagePipeline:ImagePipeline": by("name"),
  "aws:imagebuilder/imageRecipe:ImageRecipe": by("name"),
  "aws:imagebuilder/infrastructureConfiguration:InfrastructureConfiguration": by("name"),
  "aws:kms/alias:Alias": by("name"),
  "aws:kms/key:Key": by("description"),
  "aws:lambda/alias:Alias": by("functionName", "name"),
  "aws:lambda/function:Function": by("name"),
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": by("functionName", "qualifier"),
  "aws:lambda/invocation:Invocation": by("functionName"),
  "aws:lambda/permission:Permission": by("function", "statementId"),
  "aws:lb/listener:Listener": byTag,
  "aws:lb/loadBalancer:LoadBalancer": by("name"),
  "aws:lb/targetGroup:TargetGroup": by("name"),
  "aws:rds/instance:Instance": by("identifier"),
  "aws:rds/parameterGroup:ParameterGroup": by("name"),
  "aws:rds/subnetGroup:SubnetGroup": by("name"),
  "aws:s3/bucket:Bucket": by("bucket"),
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": by("bucket"),
  "aws:s3/bucketNotification:BucketNotification": by("bucket"),
  "aws:s3/bucketObjectv2:BucketObjectv2": by("bucket", "key"),
  "aws:s3/bucketPolicy:BucketPolicy": by("bucket"),
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": by("bucket"),
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": by("bucket"),
  "aws:s3/bucketVersioning:BucketVersioning": by("bucket"),
  "aws:secretsmanager/secret:Secret": by("name"),
  "aws:sns/topic:Topic": by("name"),
  "aws:sns/topicPolicy:TopicPolicy": ({ arn }) => tail(arn),
  "aws:sns/topicSubscription:TopicSubscription": ({ topic, protocol, endpoint }) => `${tail(topic)} ${protocol} ${endpoint}`,
  "aws:sqs/queue:Queue": by("name"),
  "aws:sqs/queuePolicy:QueuePolicy": ({ queueUrl }) => text(queueUrl).split("/").at(-1) ?? "",
  "aws:ssm/document:Document": by("name"),
  "aws:ssm/parameter:Parameter": by("name"),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": traffic,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": traffic,
};

/** What SST's components make beside the topology, and why that is all right. */
const HELPERS: { type: string; name: RegExp; because: string }[] = [
  {
    type: "aws:s3/bucketObjectv2:BucketObjectv2",
    name: /^[A-Z][A-Za-z]+?(Handler)?Code$/,
    because: "a function's code, in the bucket that SST keeps for all apps of an account",
  },
  {
    type: "random:index/randomBytes:RandomBytes",
    name: /^LambdaEncryptionKey$/,
    because: "SST's key for linked resources; no function links any, and none is given the key",
  },
];

export const isHelper = ({ type, name }: Resource): boolean => HELPERS.some((helper) => helper.type === type && helper.name.test(name));

/** Type and identity of every thing that a deploy would make on AWS, SST's helpers left out; throws on a kind that the table does not know. */
export function deployedOf(graph: Graph): string[] {
  const names = namesById(graph);
  const named = (id: unknown) => names.get(text(id)) ?? text(id);
  const identity = ({ type, inputs }: Resource): string => {
    const rule = IDENTITIES[type];
    if (!rule) throw new Error(`nothing says what makes one ${type} the same as another: add it to the table`);
    return `${type} ${rule(revealed(inputs) as Inputs, named)}`.trim();
  };
  return graph.resources
    .filter((resource) => !resource.component && !isHelper(resource))
    .map(identity)
    .sort();
}
