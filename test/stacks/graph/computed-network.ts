import { type Asked, byName, ec2, named, type Rule, tie } from "./computed.ts";
import { arn, ec2Id, REGION, suffix } from "./ids.ts";

/** Load balancers and target groups end in 16 digits; CloudWatch wants what comes after the last colon or the word loadbalancer (Elastic Load Balancing, metrics). */
const loadBalancer: Rule = (asked) => {
  const name = named(asked);
  const tail = `app/${name}/${suffix(name)}`;
  const own = arn("elasticloadbalancing", `loadbalancer/${tail}`);
  return {
    id: own,
    name,
    arn: own,
    arnSuffix: tail,
    dnsName: `${name}-${suffix(name, 9)}.${REGION}.elb.amazonaws.com`,
    zoneId: "Z35SXDOTRQ7X7K",
    vpcId: ec2Id("vpc", "of the load balancer"),
  };
};

const targetGroup: Rule = (asked) => {
  const tail = `targetgroup/${named(asked)}/${suffix(named(asked))}`;
  return { id: arn("elasticloadbalancing", tail), name: named(asked), arn: arn("elasticloadbalancing", tail), arnSuffix: tail, loadBalancerArns: [] };
};

const listener: Rule = ({ inputs, name }) => {
  const own = `${String(inputs.loadBalancerArn).replace(":loadbalancer/", ":listener/")}/${suffix(name)}`;
  return { id: own, arn: own };
};

const autoScalingGroup: Rule = byName("autoscaling", (name) => `autoScalingGroup:${suffix(name)}:autoScalingGroupName/${name}`);

const address: Rule = ec2("eipalloc", "elastic-ip", ({ name }: Asked, id) => ({
  allocationId: id,
  publicIp: "203.0.113.10",
  publicDns: `ec2-203-0-113-10.compute-1.amazonaws.com`,
  privateIp: "",
  associationId: ec2Id("eipassoc", name),
}));

/** What lies between packets and nodes, and the nodes' group; by Pulumi type. */
export const NETWORK: Record<string, Rule> = {
  "aws:ec2/vpc:Vpc": ec2("vpc", "vpc", ({ name }) => ({
    defaultSecurityGroupId: ec2Id("sg", `${name}/default`),
    defaultRouteTableId: ec2Id("rtb", `${name}/main`),
    mainRouteTableId: ec2Id("rtb", `${name}/main`),
    defaultNetworkAclId: ec2Id("acl", `${name}/default`),
  })),
  "aws:ec2/subnet:Subnet": ec2("subnet", "subnet"),
  "aws:ec2/internetGateway:InternetGateway": ec2("igw", "internet-gateway"),
  "aws:ec2/natGateway:NatGateway": ec2("nat", "natgateway"),
  "aws:ec2/eip:Eip": address,
  "aws:ec2/routeTable:RouteTable": ec2("rtb", "route-table"),
  "aws:ec2/route:Route": tie("routeTableId", "destinationCidrBlock"),
  "aws:ec2/routeTableAssociation:RouteTableAssociation": ({ name }) => ({ id: ec2Id("rtbassoc", name) }),
  "aws:ec2/securityGroup:SecurityGroup": ec2("sg", "security-group", (asked) => ({ name: named(asked) })),
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ec2("sg", "security-group"),
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ec2("sgr", "security-group-rule", (_, id) => ({ securityGroupRuleId: id })),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ec2("sgr", "security-group-rule", (_, id) => ({ securityGroupRuleId: id })),
  "aws:ec2/vpcEndpoint:VpcEndpoint": ec2("vpce", "vpc-endpoint", ({ name }) => ({ prefixListId: ec2Id("pl", name) })),
  "aws:ec2/flowLog:FlowLog": ec2("fl", "vpc-flow-log"),
  "aws:ec2/launchTemplate:LaunchTemplate": ec2("lt", "launch-template", (asked) => ({ name: named(asked), latestVersion: 1, defaultVersion: 1 })),
  "aws:ebs/volume:Volume": ec2("vol", "volume"),
  "aws:lb/loadBalancer:LoadBalancer": loadBalancer,
  "aws:lb/targetGroup:TargetGroup": targetGroup,
  "aws:lb/listener:Listener": listener,
  "aws:lb/listenerRule:ListenerRule": ({ inputs, name }) => {
    const own = `${String(inputs.listenerArn).replace(":listener/", ":listener-rule/")}/${suffix(name)}`;
    return { id: own, arn: own };
  },
  "aws:autoscaling/group:Group": autoScalingGroup,
  "aws:autoscaling/lifecycleHook:LifecycleHook": tie("name"),
  "aws:autoscaling/notification:Notification": tie("topicArn"),
  "aws:autoscaling/attachment:Attachment": tie("autoscalingGroupName", "lbTargetGroupArn"),
};
