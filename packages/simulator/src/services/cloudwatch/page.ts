import { AwsError } from "../../account/operation.ts";

/** One page of a listing and the token of the next. */
export function page<Item>(items: Item[], token: string | undefined, limit: number): { items: Item[]; next?: string } {
  const start = token === undefined ? 0 : Number(Buffer.from(token, "base64").toString());
  if (!Number.isInteger(start)) throw new AwsError("InvalidNextToken", "The next token specified is invalid.");
  const end = start + limit;
  return { items: items.slice(start, end), ...(end < items.length && { next: Buffer.from(String(end)).toString("base64") }) };
}
