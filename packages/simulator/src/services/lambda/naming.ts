import { arn } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";

/** A function as a caller names it: bare name, partial or full ARN, each with or without a qualifier. */
export interface FunctionReference {
  name: string;
  qualifier?: string;
}

const REFERENCE = /^(?:arn:aws:lambda:[a-z0-9-]+:\d{12}:function:|\d{12}:function:)?([a-zA-Z0-9-_]+)(?::(\$LATEST|[a-zA-Z0-9-_]+))?$/;

/** Reads the name formats that the Lambda API accepts (API_Invoke, "Name formats"). */
export function referenceOf(functionName: string | undefined, qualifier?: string): FunctionReference {
  const parts = REFERENCE.exec(functionName ?? "");
  if (!parts?.[1]) throw invalidName(functionName);
  if (parts[2] && qualifier && parts[2] !== qualifier) {
    throw new AwsError("InvalidParameterValueException", "The derived qualifier from the function name does not match the specified qualifier.");
  }
  return { name: parts[1], qualifier: parts[2] ?? qualifier };
}

/** `arn:…:function:<name>`, with `:<qualifier>` when the caller gave one: that is also the resource IAM sees. */
export const functionArn = ({ name, qualifier }: FunctionReference): string => arn("lambda", qualifier ? `function:${name}:${qualifier}` : `function:${name}`);

/** The resource of a call that names a function, for its rights. */
export const functionResource = (input: { FunctionName?: string; Qualifier?: string }): string[] => [
  functionArn(referenceOf(input.FunctionName, input.Qualifier)),
];

export const notFound = (reference: FunctionReference): AwsError =>
  new AwsError("ResourceNotFoundException", `Function not found: ${functionArn(reference)}`, 404, { Type: "User" });

function invalidName(value: string | undefined): AwsError {
  return new AwsError(
    "ValidationException",
    `1 validation error detected: Value '${value}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${REFERENCE.source}`,
  );
}
