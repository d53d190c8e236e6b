import type { Condition, PolicyStatement } from "./policy.ts";

/** AWS's prefixes, as people call the services; another prefix speaks for itself. */
const SERVICES = new Map([
  ["autoscaling", "Auto Scaling"],
  ["cloudwatch", "CloudWatch"],
  ["dynamodb", "DynamoDB"],
  ["ec2", "EC2"],
  ["elasticloadbalancing", "load balancing"],
  ["events", "EventBridge"],
  ["imagebuilder", "Image Builder"],
  ["kms", "KMS"],
  ["lambda", "Lambda"],
  ["logs", "logs"],
  ["rds", "RDS"],
  ["s3", "S3"],
  ["secretsmanager", "Secrets Manager"],
  ["sns", "SNS"],
  ["sqs", "SQS"],
  ["ssm", "Systems Manager"],
  ["ssmmessages", "Systems Manager's agent"],
]);

/** A statement in words: `may Auto Scaling: enter standby, on group steward-demo; only where aws:ResourceTag/steward:stage is demo`. */
export function mayInWords({ Effect, Action, Resource, Condition }: PolicyStatement): string {
  const services = new Map<string, string[]>();
  for (const action of Action) {
    const [prefix, verb] = split(action);
    const service = SERVICES.get(prefix) ?? prefix;
    services.set(service, [...(services.get(service) ?? []), spaced(verb)]);
  }
  const verbs = [...services].map(([service, all]) => `${service}: ${all.join(", ")}`).join("; ");
  return `${Effect === "Deny" ? "never" : "may"} ${verbs}, on ${Resource.map(resourceInWords).join(" and ")}${onlyWhere(Condition)}`;
}

const split = (action: string): [prefix: string, verb: string] => [action.slice(0, action.indexOf(":")), action.slice(action.indexOf(":") + 1)];

/** `TerminateInstanceInAutoScalingGroup` as `terminate instance in auto scaling group`. */
const spaced = (verb: string): string =>
  verb
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .replace(/\bdb\b/g, "DB");

/** What is left of an ARN without partition, service, region and account. */
function resourceInWords(resource: string): string {
  if (resource === "*") return "everything";
  const key = /^\{key:([a-z-]+)\}$/.exec(resource)?.[1];
  if (key) return `the key ${key}`;
  return resource.split(":").slice(5).join(":").replace("autoScalingGroup:*:autoScalingGroupName/", "group ");
}

/** IAM's operators, as far as their names tell; the rest compares for equality. */
function relation(operator: string, values: string): string {
  if (operator === "Null") return values === "false" ? "is given" : "is missing";
  if (operator.includes("Not")) return `is not ${values}`;
  return operator.includes("Like") ? `is like ${values}` : `is ${values}`;
}

const onlyWhere = (condition: Condition = {}): string =>
  Object.entries(condition)
    .flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => `; only where ${key} ${relation(operator, [values].flat().map(valueInWords).join(" or "))}`),
    )
    .join("");

const valueInWords = (value: string): string => (value.startsWith("arn:") ? resourceInWords(value) : value);
