import { type Names, names } from "./names.ts";
import type { Place } from "./topology.ts";

/** ARNs of what a stage owns, as IAM resources; `*` stands only where AWS generates an id. */
export const arns = (stage: string, { account, region }: Place) => {
  const n: Names = names(stage);
  const of = (service: string, resource: string) => `arn:aws:${service}:${region}:${account}:${resource}`;
  return {
    group: of("autoscaling", `autoScalingGroup:*:autoScalingGroupName/${n.group}`),
    anyInstance: of("ec2", "instance/*"),
    document: of("ssm", `document/${n.document}`),
    parameters: of("ssm", `parameter/steward/${stage}/*`),
    desired: of("ssm", `parameter${n.desired}`),
    table: of("dynamodb", `table/${n.table}`),
    bus: of("events", `event-bus/${n.bus}`),
    topic: of("sns", n.topic),
    deadLetter: of("sqs", n.deadLetter),
    function: (id: string) => of("lambda", `function:${n.function(id)}`),
    database: of("rds", `db:${n.database}`),
    /** Listing by prefix is checked against all alarms: AWS refuses it to a policy on a name prefix, naming the resource `alarm:*`. */
    alarms: of("cloudwatch", "alarm:*"),
    instanceProfile: `arn:aws:iam::${account}:instance-profile/${n.instanceProfile}`,
    nodeRole: `arn:aws:iam::${account}:role/${n.instanceProfile}`,
    logs: (id: string) => of("logs", `log-group:/aws/lambda/${n.function(id)}:*`),
  };
};
export type Arns = ReturnType<typeof arns>;
