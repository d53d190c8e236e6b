import type { PolicyDocument } from "@steward/core/topology/topology";

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
