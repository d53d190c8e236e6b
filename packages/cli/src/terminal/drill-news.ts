import type { DrillRecord } from "@steward/core/proof/drill-record";
import type { Stage } from "../simulation/stage.ts";
import { elapsed } from "./clock.ts";
import type { News } from "./news.ts";

/** What there is to tell of the newest drill: how far it is, and its numbers as they come. */
export function drillNews({ chronicle: { drill } }: Stage): News[] {
  if (!drill) return [];
  const { id, startedAt, snapshotId, rpoSeconds, verdicts, endedAt } = drill;
  const line = (key: string, text: string, tone: News["tone"] = "neutral"): News => ({ key: `drill ${id} ${key}`, value: "", voice: "steward", tone, text });
  const when = (key: string, at: Date | null, words: string): News[] => (at ? [line(key, `${words}, ${elapsed(startedAt, at)} after the drill began`)] : []);
  return [
    line("begins", `a drill begins: ${snapshotId} is to be proven, what was written in the ${Math.round(rpoSeconds / 60)} min before would be lost`),
    ...when("launched", drill.launchedAt, `its own server ${drill.instanceId ?? ""} is launched`),
    ...when("served", drill.servedAt, "Package Manager answers on the copy"),
    ...verdicts.map((words, index) => line(`verdict ${index}`, words)),
    ...verdict(drill).map(({ words, tone }) => line("verdict", words, tone)),
    ...when("loaded", drill.loadedAt, "every block of the copy was read"),
    ...(endedAt ? [line("over", "nothing of the drill is left", "good")] : []),
  ];
}

const verdict = ({ state, because }: DrillRecord): { words: string; tone: News["tone"] }[] =>
  state === "under-way" ? [] : [{ words: `the drill is ${state}: ${because ?? "nobody knows why"}`, tone: state === "proven" ? "good" : "bad" }];
