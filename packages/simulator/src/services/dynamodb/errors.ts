import { AwsError } from "../../account/operation.ts";

export const invalid = (message: string): AwsError => new AwsError("ValidationException", message);

export const tableNotFound = (): AwsError => new AwsError("ResourceNotFoundException", "Requested resource not found");

/** A part of DynamoDB that is not here, refused by name. */
export const unmodelled = (what: string): AwsError => new AwsError("UnknownOperationException", `the simulated account does not model ${what}`, 501);
