import type { InvokeCommandInput } from "@aws-sdk/client-lambda";
import { AwsError } from "../../account/operation.ts";

/** The text of a payload, in whatever form the SDK hands it over. */
export function textOf(payload: InvokeCommandInput["Payload"]): string | undefined {
  if (payload === undefined || typeof payload === "string") return payload;
  return new TextDecoder().decode(payload as Uint8Array);
}

/** Reads a payload as JSON; `InvalidRequestContentException` if it is none. */
export function parsePayload(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AwsError("InvalidRequestContentException", "Could not parse request body into json: Could not parse payload into json", 400, { Type: "User" });
  }
}
