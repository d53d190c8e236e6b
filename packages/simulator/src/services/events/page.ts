import type { AwsError } from "../../account/operation.ts";

/** One page of a listing and the token of the next; tokens are opaque to callers, and one that was never given is refused with the service's error. */
export function page<Item>(items: Item[], given: { token?: string | undefined; limit: number; wrongToken: () => AwsError }): { items: Item[]; next?: string } {
  const { token, limit, wrongToken } = given;
  const text = token === undefined ? "from:0" : Buffer.from(token, "base64").toString();
  if (!/^from:\d+$/.test(text)) throw wrongToken();
  const start = Number(text.slice("from:".length));
  const end = start + limit;
  return { items: items.slice(start, end), ...(end < items.length && { next: Buffer.from(`from:${end}`).toString("base64") }) };
}
