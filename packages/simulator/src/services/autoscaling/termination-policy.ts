import type { Member } from "./group.ts";

const HOUR_MS = 3_600_000;

/**
 * The default termination policy: the zone with the most instances, in it the oldest launch template version, then the
 * instance closest to its next billing hour. Source: Auto Scaling user guide, "Default termination policy".
 */
export function nextVictim(candidates: Member[]): Member | undefined {
  const crowded = inFullestZone(candidates);
  const oldest = Math.min(...crowded.map(versionOf));
  return crowded.filter((member) => versionOf(member) === oldest).toSorted((a, b) => untilNextHour(a) - untilNextHour(b))[0];
}

function inFullestZone(candidates: Member[]): Member[] {
  const zones = [...Map.groupBy(candidates, ({ zone }) => zone).values()];
  return zones.toSorted((a, b) => b.length - a.length)[0] ?? [];
}

const versionOf = ({ template }: Member): number => Number(template.version);

const untilNextHour = ({ launchedAt }: Member): number => HOUR_MS - ((Date.now() - launchedAt) % HOUR_MS);
