import { runSimulation } from "@cloud-copilot/iam-simulate";
import type { PolicyDocument, ResourcePolicy } from "@steward/core/topology/policy";
import type { Right } from "@steward/simulator/account/operation";
import { actionEntry, resourceType } from "@steward/simulator/iam/reference";
import { decide } from "@steward/simulator/iam/resource-policy";
import type { RightsDecision } from "@steward/simulator/iam/rights";

const ACCOUNT = "123456789012";

/** One right on one resource, as plain data: what both evaluators are asked. */
export interface Question {
  principal: string;
  policy: PolicyDocument;
  right: Right & { resources: [string] };
}

/** Every distinct question behind the decisions of a world, one per resource. */
export function questionsOf(decisions: readonly Pick<RightsDecision, "principal" | "policy" | "right">[]): Question[] {
  const all = decisions.flatMap(({ principal, policy, right }) =>
    right.resources.map((resource): Question => ({ principal, policy, right: { ...ofKeyToBe(right), resources: [concrete(right.action, resource)] } })),
  );
  const known = all.filter(({ right }) => !BEYOND.some(([action, type]) => action === right.action && right.resources[0].includes(type)));
  return [...new Map(known.map((question) => [JSON.stringify(question), question])).values()];
}

/** What the other evaluator's data does not cover: it has no opinion there. */
const BEYOND: [action: string, part: string, reason: string][] = [
  ["elasticloadbalancing:AddTags", ":targetgroup/", "it has the classic load balancers' resources only (`HIDDEN_TYPES` in `iam/reference.ts`)"],
  ["elasticloadbalancing:AddTags", ":listener/", "the same"],
  ["ssm:GetParameters", "::parameter/aws/", 'public parameters belong to no account (Systems Manager user guide, "Calling AMI public parameters")'],
];

/** A key that is only being made has no policy yet, so the account's own policies decide; the other evaluator wants that said. */
const ofKeyToBe = (right: Right): Right =>
  right.action.startsWith("kms:") && right.resources.every((one) => one.endsWith(":key/*")) ? { ...right, policy: DELEGATING } : right;

/** The key policy that leaves every answer to the account. Source: KMS developer guide, "Default key policy". */
export const DELEGATING: ResourcePolicy = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: [`arn:aws:iam::${ACCOUNT}:root`] }, Action: ["kms:*"], Resource: ["*"] }],
};

/** A call that makes something asks about an id that nobody knows yet; both evaluators are asked about the same made-up one. */
function concrete(action: string, resource: string): string {
  const [type] = actionEntry(action)?.resourceTypes ?? [];
  if (resource !== "*" || !type) return resource === "*" ? resource : resource.replaceAll("*", "x");
  const shape = resourceType(action.split(":")[0] ?? "", type.name)?.arn ?? "*";
  const known: Record<string, string> = { Partition: "aws", Region: "us-east-1", Account: ACCOUNT };
  return shape.replace(/\$\{([^}]*)\}/g, (_, name: string) => known[name] ?? "x");
}

/** What our own evaluator says. */
export const judged = ({ principal, policy, right }: Question): boolean => decide(principal, policy, right).allowed;

/** Secrets Manager's own key for tags stands in the other evaluator's data without its variable part, so it knows none; `aws:ResourceTag` says the same. */
const UNKNOWN_KEY = /^secretsmanager:ResourceTag\//;

/**
 * What another evaluator (`@cloud-copilot/iam-simulate`, which shares none of our code) says. It reads its data from disk:
 * ask outside the world's time, when nothing of the world is pending.
 */
async function secondOpinion({ principal, policy, right }: Question): Promise<{ allowed: boolean } | { error: string }> {
  const isService = !principal.startsWith("arn:");
  const answer = await runSimulation(
    {
      request: {
        principal,
        action: right.action,
        resource: { resource: right.resources[0], accountId: ACCOUNT },
        contextVariables: Object.fromEntries(Object.entries(right.context ?? {}).filter(([key]) => !UNKNOWN_KEY.test(key))),
      },
      identityPolicies: isService ? [] : [{ name: "own", policy }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(right.policy && { resourcePolicy: structuredClone(right.policy) }),
    },
    { simulationMode: "Strict" },
  );
  if (answer.resultType === "error") return { error: JSON.stringify(answer.errors) };
  return { allowed: answer.overallResult === "Allowed" };
}

/** Questions on which the two evaluators differ, one sentence each; empty when they agree on all. */
export async function disagreements(questions: Iterable<Question>): Promise<string[]> {
  const found: string[] = [];
  for (const question of questions) {
    const allowed = judged(question);
    const other = await secondOpinion(question);
    if ("error" in other) found.push(`${asked(question)}: the second opinion has none: ${other.error}`);
    if ("allowed" in other && other.allowed !== allowed)
      found.push(`${asked(question)}: ${words(allowed)} by us, ${words(other.allowed)} by the second opinion`);
  }
  return found;
}

const words = (allowed: boolean): string => (allowed ? "allowed" : "denied");
const asked = ({ principal, right }: Question): string => `${principal} ${right.action} on ${right.resources[0]} with ${JSON.stringify(right.context ?? {})}`;
