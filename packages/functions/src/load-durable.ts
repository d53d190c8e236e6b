import { DurableExecutionApiClient } from "@aws/durable-execution-sdk-js";

type Transport = NonNullable<ConstructorParameters<typeof DurableExecutionApiClient>[0]>;

/**
 * Makes the durable SDK load what it otherwise loads at its first call, from disk, in the middle of a run. A simulated
 * world must not wait for a real disk: which of two parallel calls comes first would depend on it.
 */
export async function loadDurable(): Promise<void> {
  const nobody = { send: () => Promise.resolve({ Operations: [] }) } as unknown as Transport;
  await new DurableExecutionApiClient(nobody).getExecutionState({ DurableExecutionArn: "none", CheckpointToken: "none", Marker: "", MaxItems: 1 });
}
