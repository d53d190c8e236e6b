import type { PolicyDocument, PolicyStatement } from "./policy.ts";

/**
 * Characters that IAM takes, white space not counted: of all inline policies of a role together, and of one managed policy.
 * Source: IAM user guide, "IAM and AWS STS quotas".
 */
export const INLINE_CHARACTERS = 10_240;
export const MANAGED_CHARACTERS = 6_144;
/** Managed policies that a role may have, unless the quota is raised. */
export const MOST_MANAGED = 10;

/** How a role carries its policy. What the parts allow together is what the whole allows: the order of statements means nothing to IAM. */
interface PolicyParts {
  inline: PolicyDocument;
  managed: PolicyDocument[];
}

/** The ARN of a key, which stands in a placeholder until the deploy: `arn:aws:kms:`, region, account, `key/` and a UUID. */
const KEY_ARN = "x".repeat(80);

/** A policy as long as IAM will see it. */
export const filledIn = (policy: PolicyDocument): string => JSON.stringify(policy).replaceAll(/\{key:[a-z-]+\}/g, KEY_ARN);

/** Puts as many statements into the inline policy as fit, and the rest into managed ones, in their order. */
export function policyParts({ Version, Statement }: PolicyDocument): PolicyParts {
  const inline: PolicyStatement[] = [];
  const managed: PolicyStatement[][] = [];
  for (const statement of Statement) {
    const [last, limit] = [managed.at(-1) ?? inline, managed.length > 0 ? MANAGED_CHARACTERS : INLINE_CHARACTERS];
    if (filledIn({ Version, Statement: [...last, statement] }).length <= limit) last.push(statement);
    else managed.push([statement]);
  }
  return { inline: { Version, Statement: inline }, managed: managed.map((part) => ({ Version, Statement: part })) };
}
