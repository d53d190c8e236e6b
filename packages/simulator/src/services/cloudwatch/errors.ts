import { AwsError } from "../../account/operation.ts";

/** CloudWatch's refusal of a request that says something impossible. */
export const validation = (message: string): AwsError => new AwsError("ValidationError", message);

/** A refusal by name of what AWS knows and this account does not. */
export const notModelled = (what: string): AwsError => new AwsError("UnknownOperationException", `the simulated account does not model ${what}`, 501);

/** A page token that CloudWatch did not give out. */
export const wrongToken = (): AwsError => new AwsError("InvalidNextToken", "The next token specified is invalid.");
