import type { PutEventsRequestEntry, PutEventsResultEntry } from "@aws-sdk/client-eventbridge";
import { arn } from "../../account/account.ts";
import { AwsError, type Right } from "../../account/operation.ts";
import { accept, type Router } from "./bus.ts";
import { busName } from "./state.ts";

/** "The total entry size must be less than 1MB" (API reference, PutEvents); at most ten entries. */
const MAX_BYTES = 1024 * 1024;
const MAX_ENTRIES = 10;

/** Puts entries one by one: a bad one fails alone, in its place of the answer. */
export function putEvents(router: Router, entries: PutEventsRequestEntry[]): { FailedEntryCount: number; Entries: PutEventsResultEntry[] } {
  if (entries.length === 0 || entries.length > MAX_ENTRIES) throw entriesError(entries.length);
  if (entries.reduce((sum, entry) => sum + entrySize(entry), 0) >= MAX_BYTES)
    throw new AwsError("ValidationException", "Total size of the entries in the request is over the limit.");
  const results = entries.map((entry) => put(router, entry));
  return { FailedEntryCount: results.filter((result) => result.ErrorCode).length, Entries: results };
}

/** One right per entry, on its bus, with what the entry says of itself as condition keys. */
export function putEventsRights(entries: PutEventsRequestEntry[] = []): Right[] {
  return entries.map(({ EventBusName, Source = "", DetailType = "" }) => ({
    action: "events:PutEvents",
    resources: [arn("events", `event-bus/${busName(EventBusName)}`)],
    context: { "events:source": Source, "events:detail-type": DetailType },
  }));
}

function put(router: Router, entry: PutEventsRequestEntry): PutEventsResultEntry {
  const fault = entryFault(entry);
  if (fault) return fault;
  const bus = busName(entry.EventBusName);
  const { Source = "", DetailType = "", Detail = "{}", Resources, Time } = entry;
  // Entries for a bus that does not exist are taken and go nowhere, as in AWS (user guide, "Sending events with PutEvents").
  return {
    EventId: accept(router, bus, {
      source: Source,
      "detail-type": DetailType,
      detail: JSON.parse(Detail),
      ...(Resources && { resources: Resources }),
      ...(Time && { time: Time }),
    }),
  };
}

function entryFault(entry: PutEventsRequestEntry): PutEventsResultEntry | undefined {
  const { Source, Detail } = entry;
  const missing = (["Source", "DetailType", "Detail"] as const).find((name) => !entry[name]);
  if (missing) return { ErrorCode: "InvalidArgument", ErrorMessage: `Parameter ${missing} is not valid. Reason: ${missing} is a required argument.` };
  if (Source?.startsWith("aws.")) return { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source." };
  return isJsonObject(Detail ?? "") ? undefined : { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** User guide, "Calculating PutEvents event entry size". */
function entrySize({ Time, Source = "", DetailType = "", Detail = "", Resources = [] }: PutEventsRequestEntry): number {
  return (Time ? 14 : 0) + [Source, DetailType, Detail, ...Resources].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

const entriesError = (count: number) =>
  new AwsError(
    "ValidationException",
    `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length ${count === 0 ? "greater than or equal to 1" : `less than or equal to ${MAX_ENTRIES}`}`,
  );
