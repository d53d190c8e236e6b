import { type Balancing, type TargetGroup, targetGroupOf } from "./balancing.ts";
import { routable } from "./targets.ts";

/** What became of some requests. */
export interface Delivered {
  served: number;
  failed: number;
}

/** Sends `count` equal requests through the balancer, spread evenly; each target is asked once for all of its share. */
export function deliver(balancing: Balancing, request: { targetGroupArn: string; path: string; count: number }): Delivered {
  const group = targetGroupOf(balancing, request.targetGroupArn);
  const targets = group.balancers.size > 0 ? routable(group) : [];
  if (targets.length === 0) return refuse(group, request.count);
  const total = { served: 0, failed: 0 };
  for (const [index, { instanceId }] of targets.entries()) {
    const share = shareOf(request.count, targets.length, (index + group.next) % targets.length);
    const { served, failed } = share > 0 ? ask(balancing, group, { instanceId, path: request.path, count: share }) : { served: 0, failed: 0 };
    total.served += served;
    total.failed += failed;
  }
  group.next += request.count;
  return total;
}

const shareOf = (count: number, targets: number, turn: number): number => Math.floor(count / targets) + (turn < count % targets ? 1 : 0);

/** No target at all: the balancer answers 503 itself. Source: Application Load Balancer guide, "Troubleshoot". */
function refuse(group: TargetGroup, count: number): Delivered {
  group.traffic.elb5xx += count;
  return { served: 0, failed: count };
}

function ask(balancing: Balancing, group: TargetGroup, { instanceId, path, count }: { instanceId: string; path: string; count: number }): Delivered {
  const answer = balancing.account.links.machine(instanceId)?.http(path) ?? ({ kind: "timeout" } as const);
  group.traffic.requests += count;
  const idleMs = idleTimeoutMs(balancing, group);
  if (answer.kind === "answer" && answer.ms <= idleMs) return note(group, answer, count);
  // A refused connection is a 502 at once, silence a 504 when the idle timeout is over.
  setTimeout(
    () => {
      group.traffic.elb5xx += count;
    },
    answer.kind === "refused" ? 0 : idleMs,
  );
  return { served: 0, failed: count };
}

/** Source: Application Load Balancer guide, "Connection idle timeout": 60 seconds unless set, then a 504. */
function idleTimeoutMs({ balancers }: Balancing, group: TargetGroup): number {
  const [arn = ""] = group.balancers;
  return Number(balancers.get(arn)?.attributes.get("idle_timeout.timeout_seconds") ?? 60) * 1_000;
}

function note({ traffic }: TargetGroup, { status, ms }: { status: number; ms: number }, count: number): Delivered {
  traffic.responses += count;
  traffic.responseSeconds += (count * ms) / 1_000;
  if (status >= 200 && status < 300) traffic.target2xx += count;
  if (status >= 500) traffic.target5xx += count;
  const isServed = status >= 200 && status < 300;
  return { served: isServed ? count : 0, failed: isServed ? 0 : count };
}
