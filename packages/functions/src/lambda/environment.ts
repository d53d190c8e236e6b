import { createRuntime, type Runtime } from "../runtime.ts";

/** The one place that reads the environment of a function. */
export function fromEnvironment(): Runtime {
  const { STEWARD_STAGE: stage, STEWARD_ACCOUNT: account, AWS_REGION: region } = process.env;
  if (!stage || !account || !region)
    throw new Error("STEWARD_STAGE, STEWARD_ACCOUNT and AWS_REGION must be set: the deploy sets the first two, Lambda the third");
  return createRuntime({ stage, place: { account, region }, clients: { region } });
}
