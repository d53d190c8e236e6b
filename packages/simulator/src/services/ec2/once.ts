import { AwsError } from "../../account/operation.ts";

/** Answers by the client token of the request that they were given to. */
export type Remembered<Output> = Map<string, { body: string; output: Output }>;

/** Source: EC2 API reference, "Ensuring idempotency": the same token gives the same answer, with other parameters an error. */
export function once<Output>(remembered: Remembered<Output>, input: { ClientToken?: string | undefined }, run: () => Output): Output {
  if (input.ClientToken === undefined) return run();
  const body = JSON.stringify(input);
  const before = remembered.get(input.ClientToken);
  if (before && before.body !== body)
    throw new AwsError("IdempotentParameterMismatch", "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).");
  if (before) return before.output;
  const output = run();
  remembered.set(input.ClientToken, { body, output });
  return output;
}
