import * as sdk from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Account } from "../../account/account.ts";
import { balancerAttributeOperations } from "./balancer-attributes.ts";
import type { Balancing, Reason } from "./balancing.ts";
import { createOperations } from "./create-operations.ts";
import { describeOperations } from "./describe-operations.ts";
import { listenerOperations } from "./listener-operations.ts";
import { type Delivered, deliver } from "./routing.ts";
import { targetOperations } from "./target-operations.ts";
import { deregister, register, stateOf } from "./targets.ts";

/** Elastic Load Balancing's state for whoever looks from outside the API, and the way in for clients. */
export interface Elbv2 {
  balancers: Balancing["balancers"];
  targetGroups: Balancing["targetGroups"];
  /** Why a target is in its state; undefined when it is healthy or not registered. */
  targetReason: (targetGroupArn: string, instanceId: string) => Reason | undefined;
  /** Sends equal requests through the balancer to the targets that it routes to now. */
  deliver: (request: { targetGroupArn: string; path: string; count: number }) => Delivered;
}

/** Adds Elastic Load Balancing to the account: application load balancers that check, route, drain and fail open. */
export function addElbv2(account: Account): Elbv2 {
  const balancing: Balancing = { account, balancers: new Map(), targetGroups: new Map(), listeners: new Map() };
  account.add({
    id: "elbv2",
    iamPrefix: "elasticloadbalancing",
    module: sdk,
    protocol: "query",
    namespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
    operations: {
      ...createOperations(balancing),
      ...listenerOperations(balancing),
      ...balancerAttributeOperations(balancing),
      ...targetOperations(balancing),
      ...describeOperations(balancing),
    },
  });
  account.links.targetState = (targetGroupArn, instanceId) => stateOf(balancing, targetGroupArn, instanceId);
  account.links.registerTarget = (targetGroupArn, instanceId) => withGroup(balancing, targetGroupArn, (group) => register(group, instanceId));
  account.links.deregisterTarget = (targetGroupArn, instanceId) => withGroup(balancing, targetGroupArn, (group) => deregister(group, instanceId));
  return {
    balancers: balancing.balancers,
    targetGroups: balancing.targetGroups,
    targetReason: (targetGroupArn, instanceId) => balancing.targetGroups.get(targetGroupArn)?.targets.get(instanceId)?.reason,
    deliver: (request) => deliver(balancing, request),
  };
}

function withGroup(balancing: Balancing, arn: string, change: (group: Parameters<typeof register>[0]) => void): void {
  const group = balancing.targetGroups.get(arn);
  if (group) change(group);
}
