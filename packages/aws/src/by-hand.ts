import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { Permanent } from "@steward/core/errors";
import { StatusReport } from "@steward/core/fleet/status";
import { ImagesReport } from "@steward/core/image/report";
import { SnapshotsReport } from "@steward/core/retention/report";
import type { Names } from "@steward/core/topology/names";
import { calling } from "./failures.ts";

/** The runbooks of a stage in a person's hands: what the function `runbook` answers. */
export const createByHand = (client: LambdaClient, names: Pick<Names, "function">) => {
  const name = names.function("runbook");
  const ask = async <T>(mode: string, shape: Shape<T>): Promise<T> => understood(await invoke(client, name, { mode }), shape, name);
  return {
    status: () => ask<StatusReport>("status", StatusReport),
    images: () => ask<ImagesReport>("images", ImagesReport),
    snapshots: () => ask<SnapshotsReport>("snapshots", SnapshotsReport),
  };
};
export type ByHand = ReturnType<typeof createByHand>;

interface Shape<T> {
  safeParse(answer: unknown): { success: true; data: T } | { success: false };
}

/** A refusal in words is handed on; one that lists the modes there are comes of a function that does not know this one. */
function understood<T>(answer: unknown, shape: Shape<T>, name: string): T {
  const parsed = shape.safeParse(answer);
  if (parsed.success) return parsed.data;
  const { error, modes } = (answer ?? {}) as { error?: unknown; modes?: unknown };
  if (typeof error === "string" && modes === undefined) throw new Permanent(`${name} refuses: ${error}`);
  throw new Permanent(`${name} answers what this command does not understand: it may be of another version`);
}

async function invoke(client: LambdaClient, FunctionName: string, payload: unknown): Promise<unknown> {
  const command = new InvokeCommand({ FunctionName, Payload: new TextEncoder().encode(JSON.stringify(payload)) });
  const { FunctionError, Payload } = await calling(`invoke ${FunctionName}`, () => client.send(command));
  const text = new TextDecoder().decode(Payload);
  if (FunctionError) throw new Permanent(`${FunctionName} failed: ${text.slice(0, 500)}`);
  return JSON.parse(text);
}
