import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { RDSClient } from "@aws-sdk/client-rds";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { CommandImpl } from "@smithy/core/client";
import { createAccount } from "@steward/simulator/simulated-account";
import { advanceUntil, drive } from "@steward/simulator/world/drive";

/** An account with unmodified SDK clients of the person who may do everything. */
export function computeWorld(seed = 1) {
  const world = createAccount({ code: new Map(), seed });
  const { accessKeyId, secretAccessKey } = world.operator;
  const config = { region: "us-east-1", credentials: { accessKeyId, secretAccessKey }, requestHandler: world.requestHandler, maxAttempts: 1 };
  return {
    ...world,
    sdk: {
      ec2: new EC2Client(config),
      autoscaling: new AutoScalingClient(config),
      cloudwatch: new CloudWatchClient(config),
      elbv2: new ElasticLoadBalancingV2Client(config),
      rds: new RDSClient(config),
      dynamodb: new DynamoDBClient(config),
      sqs: new SQSClient(config),
    },
  };
}

export type ComputeWorld = ReturnType<typeof computeWorld>;

/** Sends a command in virtual time. */
// biome-ignore lint/suspicious/noExplicitAny: the SDK's own generic parameters do not matter here
export const send = <Output>(client: { send: (command: never) => unknown }, command: CommandImpl<any, Output, any, any, any>): Promise<Output> =>
  drive(() => client.send(command as never) as Promise<Output>);

/** Every right that is asked while `act` runs. */
export async function asked(
  world: ComputeWorld,
  act: () => Promise<unknown>,
): Promise<{ action: string; resources: string[]; context?: Record<string, unknown> }[]> {
  const rights: { action: string; resources: string[]; context?: Record<string, unknown> }[] = [];
  const before = world.account.authorize;
  world.account.authorize = (principal, right, ...rest) => {
    rights.push(right);
    return before(principal, right, ...rest);
  };
  await act();
  world.account.authorize = before;
  return rights;
}

/** Runs the world until `done()` holds; says whether it did within half an hour. */
export async function eventually(done: () => boolean): Promise<boolean> {
  return advanceUntil(done, 30 * 60_000);
}
