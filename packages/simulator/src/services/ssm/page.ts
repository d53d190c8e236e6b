import { AwsError } from "../../account/operation.ts";

/** One page of a list and the token of the next one; the token is a position, as good as any opaque text. */
export function page<Item>(items: Item[], size: number, token: string | undefined): { items: Item[]; NextToken: string | undefined } {
  const from = token === undefined ? 0 : Number(token);
  if (!Number.isInteger(from) || from < 0) throw new AwsError("InvalidNextToken", "The specified token isn't valid.");
  const end = from + size;
  return { items: items.slice(from, end), NextToken: end < items.length ? String(end) : undefined };
}

/** Refuses a page size outside of the limits of the API reference, in the words of the service's own validation. */
export function pageSize(asked: number | undefined, { smallest, largest }: { smallest: number; largest: number }): number {
  const size = asked ?? largest;
  if (size < smallest) throw invalid("maxResults", size, `Member must have value greater than or equal to ${smallest}`);
  if (size > largest) throw invalid("maxResults", size, `Member must have value less than or equal to ${largest}`);
  return size;
}

/** The message that AWS services give for a member that breaks a constraint of their model. */
export const invalid = (member: string, value: unknown, constraint: string): AwsError =>
  new AwsError("ValidationException", `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${constraint}`);
