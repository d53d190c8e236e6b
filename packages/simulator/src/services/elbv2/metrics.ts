import { between } from "../../world/chance.ts";
import { type Balancing, noTraffic, type TargetGroup } from "./balancing.ts";

const NAMESPACE = "AWS/ApplicationELB";
const PERIOD_MS = 60_000;
/** Assumed: a minute's metrics arrive this much after its end. */
const ARRIVAL_MS = [10_000, 30_000] as const;

type Datum = [name: string, dimensions: Record<string, string>, value: number];

/** Publishes the metrics of each minute; a metric without a value is not reported. Source: "CloudWatch metrics for your Application Load Balancer". */
export function keepPublishing(balancing: Balancing, group: TargetGroup): void {
  setTimeout(() => {
    const data = [...group.balancers].flatMap((arn) => minute(group, arn));
    group.traffic = noTraffic();
    group.samples = [];
    if (data.length > 0) setTimeout(() => publish(balancing, data), between(...ARRIVAL_MS));
    keepPublishing(balancing, group);
  }, PERIOD_MS);
}

function publish(balancing: Balancing, data: Datum[]): void {
  for (const [name, dimensions, value] of data) balancing.account.links.metric(NAMESPACE, name, dimensions, value);
}

function minute(group: TargetGroup, balancerArn: string): Datum[] {
  const balancer = { LoadBalancer: balancerArn.split(":loadbalancer/")[1] ?? "" };
  const both = { ...balancer, TargetGroup: group.arn.split(":").at(-1) ?? "" };
  return [...hosts(group, both), ...requests(group, balancer, both)];
}

/** The extremes of the minute: alarms look at the minimum and the maximum. */
function hosts({ samples }: TargetGroup, dimensions: Record<string, string>): Datum[] {
  if (samples.length === 0) return [];
  const extremes = (values: number[]): number[] => [...new Set([Math.min(...values), Math.max(...values)])];
  return [
    ...extremes(samples.map(({ healthy }) => healthy)).map((value): Datum => ["HealthyHostCount", dimensions, value]),
    ...extremes(samples.map(({ unhealthy }) => unhealthy)).map((value): Datum => ["UnHealthyHostCount", dimensions, value]),
  ];
}

function requests({ traffic }: TargetGroup, balancer: Record<string, string>, both: Record<string, string>): Datum[] {
  const data: Datum[] = [
    ["RequestCount", both, traffic.requests],
    ["RequestCount", balancer, traffic.requests],
    ["HTTPCode_Target_2XX_Count", both, traffic.target2xx],
    ["HTTPCode_Target_5XX_Count", both, traffic.target5xx],
    ["HTTPCode_ELB_5XX_Count", balancer, traffic.elb5xx],
    ["TargetResponseTime", both, traffic.responses > 0 ? traffic.responseSeconds / traffic.responses : 0],
  ];
  return data.filter(([, , value]) => value > 0);
}
