import type { AwsError } from "../../account/operation.ts";

/** One page of a listing, and the token of the next. */
export interface Page<T> {
  items: T[];
  nextToken?: string;
}

interface PageRequest<T> {
  /** Identifies an item: the token names the last item given out, so that new items at the front do not shift the pages. */
  keyOf: (item: T) => string;
  limit: number;
  token: string | undefined;
  /** How this service answers a token it never gave out. */
  invalidToken: (token: string) => AwsError;
}

/** Cuts `items` into pages with opaque tokens, as list operations do. */
export function page<T>(items: T[], { keyOf, limit, token, invalidToken }: PageRequest<T>): Page<T> {
  const start = token === undefined ? 0 : startAfter(items.map(keyOf), token, invalidToken);
  const given = items.slice(start, start + limit);
  const last = given.at(-1);
  return last === undefined || start + limit >= items.length ? { items: given } : { items: given, nextToken: seal(keyOf(last)) };
}

function startAfter(keys: string[], token: string, invalidToken: (token: string) => AwsError): number {
  const index = keys.indexOf(Buffer.from(token, "base64").toString());
  if (index < 0) throw invalidToken(token);
  return index + 1;
}

const seal = (key: string): string => Buffer.from(key).toString("base64");
