import { invalid } from "./validate.ts";

const DEFAULT_PAGE = 100;

/** One page of a list; the marker is opaque to callers. */
export function pageOf<T>(items: T[], { Marker, MaxItems }: { Marker?: string; MaxItems?: number }): { page: T[]; NextMarker?: string } {
  const from = Marker ? Number(Buffer.from(Marker, "base64").toString()) : 0;
  if (!Number.isInteger(from)) throw invalid("Invalid Marker");
  const to = from + (MaxItems || DEFAULT_PAGE);
  return { page: items.slice(from, to), ...(to < items.length && { NextMarker: Buffer.from(String(to)).toString("base64") }) };
}
