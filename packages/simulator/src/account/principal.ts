import type { PolicyDocument } from "@steward/core/topology/policy";

/** Who calls: a role session or the account's operator, found by the access key of the signed request. */
export interface Principal {
  /** `arn:aws:sts::…:assumed-role/<role>/<session>` or an IAM user's ARN. */
  arn: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** What it may do; the operator who looks into the account has one that allows everything. */
  policy: PolicyDocument;
  /** The function behind it, where there is one; faults and counts go by it. */
  functionName?: string;
}

const NOTHING: PolicyDocument = { Version: "2012-10-17", Statement: [] };

/**
 * A service of AWS that acts for itself, by its name (`events.amazonaws.com`) or its service-linked role's ARN: only the
 * policies of resources admit it.
 */
export const serviceItself = (name: string): Principal => ({ arn: name, accessKeyId: "", secretAccessKey: "", policy: NOTHING });
