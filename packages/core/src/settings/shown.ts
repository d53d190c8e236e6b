import type { Setting } from "./setting.ts";

/** A value as it may be shown: no user and password of a URL, and of a masked URL no more than its host. */
export function shown(value: unknown, masked: boolean): unknown {
  if (Array.isArray(value)) return value.map((entry) => shown(entry, masked));
  if (typeof value !== "string") return value;
  const open = value.replace(/\/\/[^/]*@/, "//…@");
  if (!masked) return open;
  const host = /^\w+:\/\/[^/?#\\]+/.exec(open)?.[0];
  return host === undefined ? "…" : host === open ? open : `${host}/…`;
}

const LONGEST = 100;

/** What is wrong with a written value, as "is …"; a value where a group belongs is not repeated: it may be a secret in the wrong place. */
export function isWhat(value: unknown, setting: Setting | undefined): string {
  if (value === undefined) return "is missing";
  if (value === null) return "is null";
  if (Array.isArray(value)) return value.length === 0 ? "is an empty list" : `is a list of ${value.length}`;
  const plain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  if (!plain) return typeof value === "object" ? (Object.keys(value).length === 0 ? "is an empty group" : "is a group") : `is a ${typeof value}`;
  if (setting?.kind !== "leaf") return `is a ${typeof value}`;
  const text = typeof value === "string" ? JSON.stringify(shown(value, setting.masked)) : String(value);
  return `is ${text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}`;
}
