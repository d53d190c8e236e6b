import { pathOf } from "./paths.ts";
import { settingsOf } from "./read.ts";
import type { Setting } from "./setting.ts";
import { shown } from "./shown.ts";
import { STAGE } from "./tree.ts";
import { own } from "./written.ts";

/** One effective setting, for people: where it comes from, what it is for, what else it could be. */
export interface SettingLine {
  /** Within the stage: `database.storageGib`. */
  path: string;
  /** As it may be shown: of receivers' URLs no more than the host. */
  value: unknown;
  from: "steward.config.ts" | "default";
  words: string;
  allowed: string;
}

/** Every effective setting of a stage, in the schema's order; throws `InvalidSettings` as `settingsOf` does. An optional one that is not set has no line. */
export function explain(config: unknown, stage: string): SettingLine[] {
  return linesOf(STAGE, { at: [], value: settingsOf(config, stage), written: own(own(config, "stages"), stage) });
}

interface Place {
  at: readonly PropertyKey[];
  value: unknown;
  /** Undefined where the operator wrote nothing. */
  written: unknown;
}

function linesOf(setting: Setting, { at, value, written }: Place): SettingLine[] {
  if (value === undefined) return [];
  const inner = (key: PropertyKey): Place => ({ at: [...at, key], value: own(value, key), written: own(written, key) });
  if (value === null && setting.kind === "group") return [lineOf(setting, { at, value, written })];
  if (setting.kind === "group") return [...setting.entries].flatMap(([key, entry]) => linesOf(entry, inner(key)));
  if (setting.kind === "list") return Object.keys(Object(value)).flatMap((index) => linesOf(setting.item, inner(Number(index))));
  if (setting.kind === "choice")
    return [...setting.options].flatMap(([name, option]) => (own(value, setting.by) === name ? linesOf(option, { at, value, written }) : []));
  return [lineOf(setting, { at, value: shown(value, setting.masked), written })];
}

const lineOf = ({ words, allowed }: Setting, { at, value, written }: Place): SettingLine => ({
  path: pathOf(at),
  value,
  from: written === undefined ? "default" : "steward.config.ts",
  words,
  allowed,
});
