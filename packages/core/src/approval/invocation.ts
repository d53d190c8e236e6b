import { names } from "../topology/names.ts";

/** The exact command with which a person asks a function of a stage for something. */
export const invocation = (stage: string, id: "runbook" | "approve", payload: object): string =>
  `aws lambda invoke --function-name ${names(stage).function(id)} --cli-binary-format raw-in-base64-out --payload '${JSON.stringify(payload)}' /dev/stdout`;
