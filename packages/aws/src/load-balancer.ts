import { DescribeTargetHealthCommand, type ElasticLoadBalancingV2Client, type TargetHealthDescription } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { NodeFacts } from "@steward/core/fleet/facts";
import { calling } from "./failures.ts";

export type Target = NonNullable<NodeFacts["target"]>;

/** Target health by instance id over the given target groups; an instance that none lists is not registered. */
export const createLoadBalancer = (client: ElasticLoadBalancingV2Client) => ({
  targets: (targetGroupArns: string[]): Promise<Map<string, Target>> =>
    calling("describe target health", async () => {
      const answers = await Promise.all(targetGroupArns.map((TargetGroupArn) => client.send(new DescribeTargetHealthCommand({ TargetGroupArn }))));
      return new Map(answers.flatMap((answer) => answer.TargetHealthDescriptions ?? []).map(targetOf));
    }),
});
export type LoadBalancer = ReturnType<typeof createLoadBalancer>;

const targetOf = ({ Target, TargetHealth }: TargetHealthDescription): [string, Target] => [
  Target?.Id ?? "",
  { state: TargetHealth?.State ?? "unavailable", reason: TargetHealth?.Reason ?? null },
];
