import type { z } from "zod";
import type { Problem } from "./invalid-settings.ts";
import { nearest } from "./nearest.ts";
import { pathOf } from "./paths.ts";
import { everyPath, membersOf, type Setting, under } from "./setting.ts";
import { isWhat } from "./shown.ts";
import { CONFIG, STAGE } from "./tree.ts";
import { own } from "./written.ts";

/** A problem of shape, and the settings that cannot be judged because of it. */
export interface ShapeProblem extends Problem {
  unread: string[];
}

type Keys = readonly PropertyKey[];

/** What zod found, in an operator's words. */
export function shapeProblems(issues: readonly z.core.$ZodIssue[], config: unknown): ShapeProblem[] {
  const found = issues.flatMap((issue) => {
    const { setting, written } = lookUp(issue.path, config);
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(issue.path, key, config));
    return wrong(issue.path, setting, written);
  });
  return [...new Map(found.map((problem) => [problem.path, problem])).values()];
}

/** The setting that a path leads to, by way of what is written. */
function lookUp(path: Keys, config: unknown): { setting: Setting | undefined; written: unknown } {
  return path.reduce<{ setting: Setting | undefined; written: unknown }>(
    ({ setting, written }, key) => ({ setting: under(setting, key, written), written: own(written, key) }),
    { setting: CONFIG, written: config },
  );
}

/** A group that is missing is named by what must be written in it. */
function wrong(path: Keys, setting: Setting | undefined, written: unknown): ShapeProblem[] {
  if (written === undefined && setting?.kind === "group" && path.length > 0)
    return [...setting.entries].filter(([, entry]) => entry.required).flatMap(([key, entry]) => wrong([...path, key], entry, undefined));
  const at = pathOf(path);
  return [{ path: at, problem: isWhat(written, setting), allowed: String(setting?.allowed), unread: [at] }];
}

function unknownKey(path: Keys, key: string, config: unknown): ShapeProblem {
  const [stage, within] = [path.slice(0, 2), path.slice(2)];
  const { setting, written } = lookUp(path, config);
  const siblings = [...new Map(membersOf(setting, written)?.entries).keys()];
  const owner = lookUp(stage, config);
  const known = everyPath(membersOf(owner.setting, owner.written));
  const self = pathOf([...within, key]);
  const meant = known.includes(self) ? self : nearest(key, [...siblings.map((sibling) => pathOf([...within, sibling])), ...known]);
  const at = pathOf([...path, key]);
  return {
    path: at,
    problem: `is not a setting here${hint(self, meant)}`,
    allowed: siblings.join(", "),
    unread: meant ? [at, pathOf([...stage, meant])] : [at],
  };
}

/** Where the setting is known, or which was meant. */
function hint(self: string, meant: string | undefined): string {
  if (self === meant) return "; it goes with another kind";
  const topologies = [...STAGE.options].flatMap(([name, option]) => (everyPath(option).includes(self) ? [name] : []));
  if (topologies.length > 0) return `; topology ${topologies.join(" and ")} has it`;
  return meant ? `; did you mean ${meant}?` : "";
}
