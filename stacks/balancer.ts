import type { BalancerSpec, ListenerAction } from "@steward/core/topology/fleet-spec";
import type { Topology } from "@steward/core/topology/topology";
import type { Network } from "./network.ts";
import { optionsOf } from "./options.ts";
import type { Named } from "./placeholders.ts";

export interface Balancer {
  dnsName: $util.Output<string> | null;
  targetGroupArns: $util.Output<string>[];
  named: Named;
}

/** The load balancer, where the topology has one. The bucket for its logs must let it write first: AWS tries when logging is switched on. */
export function deployBalancer({ balancer: spec }: Topology, { network, storage }: { network: Network; storage: $util.Resource[] }): Balancer {
  if (!spec) return { dnsName: null, targetGroupArns: [], named: {} };
  const own = optionsOf("balancer");
  const balancer = new aws.lb.LoadBalancer("Balancer", { ...settingsOf(spec), ...placesOf(spec, network) }, { ...own, dependsOn: storage });
  const targets = new aws.lb.TargetGroup("Targets", { ...targetsOf(spec), vpcId: network.vpcId }, own);
  for (const { name, port, protocol, certificateArn, sslPolicy, action } of spec.listeners) {
    const secured = certificateArn && sslPolicy ? { certificateArn, sslPolicy } : {};
    const settings = { loadBalancerArn: balancer.arn, port, protocol, ...secured, defaultActions: [actionOf(action, targets.arn)], tags: { Name: name } };
    new aws.lb.Listener(`Listener-${port}`, settings, own);
  }
  const named = { loadBalancer: balancer.arnSuffix, targetGroup: targets.arnSuffix };
  return { dnsName: balancer.dnsName, targetGroupArns: [targets.arn], named };
}

const settingsOf = ({ name, scheme, idleTimeoutSeconds, deletionProtection, dropInvalidHeaders, accessLogs }: BalancerSpec) => ({
  name,
  loadBalancerType: "application",
  internal: scheme !== "internet-facing",
  idleTimeout: idleTimeoutSeconds,
  /** Lifted together with the stage's protection, or the balancer could never be removed. */
  enableDeletionProtection: deletionProtection && $app.protect,
  dropInvalidHeaderFields: dropInvalidHeaders,
  accessLogs: { ...accessLogs, enabled: true },
});

const placesOf = ({ subnets, securityGroup }: BalancerSpec, network: Network) => ({
  subnets: subnets.map(network.subnet),
  securityGroups: [network.securityGroup(securityGroup)],
});

const targetsOf = ({ targetGroup: { name, port, health, deregistrationDelaySeconds } }: BalancerSpec) => ({
  name,
  port,
  protocol: "HTTP",
  targetType: "instance",
  deregistrationDelay: deregistrationDelaySeconds,
  healthCheck: {
    path: health.path,
    interval: health.intervalSeconds,
    timeout: health.timeoutSeconds,
    healthyThreshold: health.healthyThreshold,
    unhealthyThreshold: health.unhealthyThreshold,
    matcher: health.successCodes,
  },
});

const actionOf = (action: ListenerAction, targetGroupArn: $util.Output<string>) =>
  action.do === "forward"
    ? { type: "forward", targetGroupArn }
    : { type: "redirect", redirect: { protocol: action.protocol, port: String(action.port), statusCode: "HTTP_301" } };
