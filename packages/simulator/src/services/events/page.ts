import { AwsError } from "../../account/operation.ts";

/** One page of a listing and the token of the next; tokens are opaque to callers and wrong ones are refused. */
export function page<Item>(items: Item[], token: string | undefined, limit: number): { items: Item[]; next?: string } {
  const start = token === undefined ? 0 : Number(Buffer.from(token, "base64").toString().replace(/^from:/, ""));
  if (!Number.isInteger(start)) throw new AwsError("ValidationException", "The provided NextToken is not valid.");
  const end = start + limit;
  return { items: items.slice(start, end), ...(end < items.length && { next: Buffer.from(`from:${end}`).toString("base64") }) };
}
