import type * as sdk from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError, type Operations, type Right } from "../../account/operation.ts";
import { requestTagKeys } from "../../iam/tagging.ts";
import { hex } from "../../world/chance.ts";
import { type Balancing, balancerOf, type Listener, targetGroupOf } from "./balancing.ts";
import { onResource } from "./rights.ts";
import { putInUse } from "./targets.ts";

/** Source: Application Load Balancer guide, "Security policies": what HTTPS listeners of the API start with. */
const DEFAULT_POLICY = "ELBSecurityPolicy-2016-08";

/** Listeners: plain or with a certificate, forwarding or redirecting. */
export const listenerOperations = (balancing: Balancing): Operations<typeof sdk> => ({
  CreateListener: {
    rights: (input) => listenerRights(balancing, input),
    run: (input) => ({ Listeners: [listenerShape(createListener(balancing, input))] }),
  },
  DescribeListeners: {
    run: ({ LoadBalancerArn, ListenerArns }) => {
      if (LoadBalancerArn !== undefined) balancerOf(balancing, LoadBalancerArn);
      const all = [...balancing.listeners.values()].filter(({ balancer }) => LoadBalancerArn === undefined || balancer === LoadBalancerArn);
      const missing = ListenerArns?.some((arn) => !balancing.listeners.has(arn));
      if (missing) throw new AwsError("ListenerNotFound", "One or more listeners not found");
      return { Listeners: all.filter(({ arn }) => !ListenerArns?.length || ListenerArns.includes(arn)).map(listenerShape) };
    },
  },
});

/** Source: service authorization reference, Elastic Load Balancing V2: tags of a new listener are checked on the listener. */
function listenerRights(balancing: Balancing, { LoadBalancerArn = "", Tags }: sdk.CreateListenerInput): Right[] {
  const tags = requestTagKeys(Object.fromEntries((Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value])));
  const create = onResource(balancing, "CreateListener", LoadBalancerArn).map((right) => ({ ...right, context: { ...right.context, ...tags } }));
  if (!Tags?.length) return create;
  const listener = `${LoadBalancerArn.replace(":loadbalancer/", ":listener/")}/*`;
  return [
    ...create,
    { action: "elasticloadbalancing:AddTags", resources: [listener], context: { ...tags, "elasticloadbalancing:CreateAction": "CreateListener" } },
  ];
}

function createListener(balancing: Balancing, input: sdk.CreateListenerInput): Listener {
  const balancer = balancerOf(balancing, input.LoadBalancerArn);
  const protocol = input.Protocol ?? "HTTP";
  const port = input.Port ?? 80;
  const actions = input.DefaultActions ?? [];
  checkProtocol(input, protocol);
  const groups = actions.flatMap((action) => groupsOf(balancing, action));
  if ([...balancing.listeners.values()].some((other) => other.balancer === balancer.arn && other.port === port))
    throw new AwsError("DuplicateListener", "A listener already exists on this port for this load balancer");
  const arn = `${balancer.arn.replace(":loadbalancer/", ":listener/")}/${hex(16)}`;
  const certificates = (input.Certificates ?? []).flatMap(({ CertificateArn }) => CertificateArn ?? []);
  const sslPolicy = protocol === "HTTPS" ? (input.SslPolicy ?? DEFAULT_POLICY) : undefined;
  const listener: Listener = { arn, balancer: balancer.arn, port, protocol, sslPolicy, certificates, actions };
  balancing.listeners.set(arn, listener);
  for (const group of groups) {
    group.balancers.add(balancer.arn);
    putInUse(group);
  }
  return listener;
}

/** Source: API reference, CreateListener; "Error codes". */
function checkProtocol({ Certificates, SslPolicy }: sdk.CreateListenerInput, protocol: string): void {
  if (protocol !== "HTTP" && protocol !== "HTTPS") throw new AwsError("ValidationError", `Listener protocol '${protocol}' must be one of 'HTTPS, HTTP'`);
  if (protocol === "HTTP" && (Certificates?.length || SslPolicy !== undefined))
    throw new AwsError("InvalidConfigurationRequest", "A certificate or a security policy cannot be specified for HTTP listeners");
  if (protocol === "HTTP") return;
  if (Certificates?.length !== 1) throw new AwsError("ValidationError", "A certificate must be specified for HTTPS listeners");
  if (!/^arn:aws:(acm|iam):/.test(Certificates[0]?.CertificateArn ?? ""))
    throw new AwsError("CertificateNotFound", `Certificate ARN '${Certificates[0]?.CertificateArn}' is not valid`);
  if (SslPolicy !== undefined && !/^ELBSecurityPolicy-[A-Za-z0-9-]+$/.test(SslPolicy))
    throw new AwsError("SSLPolicyNotFound", `SSL policy '${SslPolicy}' not found`);
}

/** The groups that an action forwards to; a redirect must change something, or it would never end. */
function groupsOf(balancing: Balancing, { Type, TargetGroupArn, RedirectConfig }: sdk.Action): ReturnType<typeof targetGroupOf>[] {
  if (Type === "forward") return [targetGroupOf(balancing, TargetGroupArn)];
  if (Type !== "redirect") throw new AwsError("UnknownOperationException", `the simulated account does not model the action ${Type} of a listener`, 501);
  const { Protocol, Port, Host, Path, Query, StatusCode } = RedirectConfig ?? {};
  if (StatusCode !== "HTTP_301" && StatusCode !== "HTTP_302") throw new AwsError("ValidationError", "The redirect status code must be HTTP_301 or HTTP_302");
  if ([Protocol, Port, Host, Path, Query].every((part) => part === undefined || part.startsWith("#{")))
    throw new AwsError("InvalidLoadBalancerAction", "The redirect configuration is not valid because it creates a loop.");
  return [];
}

const listenerShape = ({ arn, balancer, port, protocol, sslPolicy, certificates, actions }: Listener): sdk.Listener => ({
  ListenerArn: arn,
  LoadBalancerArn: balancer,
  Port: port,
  Protocol: protocol as sdk.ProtocolEnum,
  ...(sslPolicy !== undefined && { SslPolicy: sslPolicy, Certificates: certificates.map((CertificateArn) => ({ CertificateArn })) }),
  DefaultActions: actions,
});
