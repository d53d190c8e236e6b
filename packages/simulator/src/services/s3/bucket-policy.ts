import type { PolicyPrincipal, ResourcePolicy, ResourceStatement } from "@steward/core/topology/policy";
import { AwsError } from "../../account/operation.ts";
import { MalformedPolicy, parseResourcePolicy } from "../../iam/parse-policy.ts";
import type { Bucket } from "./state.ts";

/** "Bucket policies are limited to 20 KB in size" (user guide, "Bucket policies"). */
const LARGEST_POLICY = 20_480;

/** Reads a bucket policy; refuses what S3 refuses, and a public one where the bucket blocks those. */
export function readBucketPolicy(bucket: Bucket, text: string): ResourcePolicy {
  if (text.length > LARGEST_POLICY) throw new AwsError("PolicyTooLarge", "The policy exceeds the maximum size of 20480 bytes");
  const policy = parsed(text);
  const elsewhere = policy.Statement.flatMap(({ Resource }) => Resource).some((arn) => arn !== bucket.arn && !arn.startsWith(`${bucket.arn}/`));
  if (elsewhere) throw malformed("Policy has invalid resource");
  if (bucket.publicAccess?.BlockPublicPolicy && policy.Statement.some(isPublic))
    throw new AwsError("AccessDenied", "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.", 403);
  return policy;
}

function parsed(text: string): ResourcePolicy {
  if (!text.trimStart().startsWith("{")) throw malformed("Policies must be valid JSON and the first byte must be '{'");
  try {
    return parseResourcePolicy(text);
  } catch (cause) {
    if (!(cause instanceof MalformedPolicy)) throw cause;
    throw Object.assign(malformed(cause.message.startsWith("invalid principal") ? "Invalid principal in policy" : `Policy is not valid: ${cause.message}`), {
      cause,
    });
  }
}

const malformed = (message: string) => new AwsError("MalformedPolicy", message);

const namesEverybody = (principal: PolicyPrincipal): boolean => principal === "*" || principal.AWS?.includes("*") === true;

/** An allow to everybody; any condition counts as narrowing, where S3 takes only some (user guide, "The meaning of public"). */
const isPublic = ({ Effect, Principal, Condition }: ResourceStatement): boolean => Effect === "Allow" && namesEverybody(Principal) && !Condition;
