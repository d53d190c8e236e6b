import { overlap, pathOf } from "./paths.ts";
import type { Setting } from "./setting.ts";
import { own } from "./written.ts";

/**
 * What is written under a setting, without what could not be read: there a default or an example stands in, so that the rest
 * can be judged. Never deploy it; findings that touch an unread path say nothing.
 */
export function mend(setting: Setting, written: unknown, { at, unread }: { at: readonly PropertyKey[]; unread: readonly string[] }): unknown {
  if (written === undefined && setting.fallback !== undefined) return undefined;
  if (setting.kind === "group" && setting.optional && written === null) return null;
  if (setting.kind === "group")
    return Object.fromEntries([...setting.entries].map(([key, entry]) => [key, mend(entry, own(written, key), { at: [...at, key], unread })]));
  if (!unread.some((path) => overlap(path, pathOf(at)))) return written;
  return setting.kind === "leaf" && setting.required ? setting.example : undefined;
}
