/** IAM policies as AWS spells them. */

/** Operator to condition key to values. */
export type Condition = Record<string, Record<string, string | string[]>>;

export interface PolicyStatement {
  Sid?: string;
  Effect: "Allow" | "Deny";
  Action: string[];
  Resource: string[];
  Condition?: Condition;
}

export interface PolicyDocument {
  Version: "2012-10-17";
  Statement: PolicyStatement[];
}

/** Whom a statement of a resource policy is about. */
export type PolicyPrincipal = "*" | { AWS?: string[]; Service?: string[] };

export interface ResourceStatement extends PolicyStatement {
  Principal: PolicyPrincipal;
}

/** Policy on a key, bucket, topic or queue. */
export interface ResourcePolicy {
  Version: "2012-10-17";
  Statement: ResourceStatement[];
}

export const policy = (...Statement: PolicyStatement[]): PolicyDocument => ({ Version: "2012-10-17", Statement });
export const resourcePolicy = (...Statement: ResourceStatement[]): ResourcePolicy => ({ Version: "2012-10-17", Statement });

export const allow = (Action: string[], Resource: string[], Condition?: Condition): PolicyStatement => ({
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition && { Condition }),
});
