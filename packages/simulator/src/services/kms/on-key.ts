import type { Call, Operation } from "../../account/operation.ts";
import { keyRight } from "./key-policy.ts";
import { findKey, type Key, type KmsState } from "./state.ts";

/** Makes an operation on an existing key, with the right of the operation's name on it. */
export const onKeyOf =
  (state: KmsState) =>
  <Input extends { KeyId: string | undefined }, Output>(action: string, run: (key: Key, input: Input, call: Call) => Output): Operation<Input, Output> => ({
    rights: ({ KeyId }, { principal }) => [keyRight(findKey(state, KeyId), { action: `kms:${action}`, by: principal })],
    run: (input, call) => run(findKey(state, input.KeyId), input, call),
  });
