import { type Check, each, type Finding, when } from "../check.ts";
import { covers, merged } from "../cidr.ts";
import type { StageSettings } from "../schema.ts";

/** Ranges wider than this are the world or a large part of it; two halves count as their whole. */
const WIDEST_BITS = 8;

function openToTheWorld({ access }: StageSettings): Finding[] {
  const open = merged(access.from).filter((range) => Number(range.split("/")[1]) < WIDEST_BITS);
  return when(open.length > 0 && !access.openToTheWorld, "access.from", `lets in ${open.join(", ")}`, {
    allowed: `ranges of /${WIDEST_BITS} or narrower, also taken together; or access.openToTheWorld: true, if that is meant`,
    reads: ["access.openToTheWorld"],
  });
}

function zonesOfRegion({ network: { zones }, region }: StageSettings): Finding[] {
  const foreign = zones.filter((zone) => zone.slice(0, -1) !== region);
  return when(foreign.length > 0, "network.zones", `has ${[...new Set(foreign)].join(" and ")}, not in ${region}`, {
    allowed: `two zones of ${region}, like ${region}a and ${region}b`,
    reads: ["region"],
  });
}

const twoZones = ({ network: { zones } }: StageSettings): Finding[] =>
  when(new Set(zones).size < zones.length, "network.zones", `names ${zones[0]} twice`, {
    allowed: "two different zones: AWS wants two for load balancer and database",
  });

/** The same range twice is a duplicate rule, which EC2 refuses: EC2 API reference, "InvalidPermission.Duplicate". One inside another opens nothing. */
function ownRanges({ access: { from } }: StageSettings): Finding[] {
  const allowed = "each range once, and none inside another";
  return [...new Set(from)].flatMap((range) => {
    const outer = from.find((other) => other !== range && covers(other, range));
    const twice = from.filter((other) => other === range).length > 1;
    return [
      ...when(twice, "access.from", `names ${range} more than once`, { allowed }),
      ...when(outer !== undefined, "access.from", `has ${range}, which lies in ${outer}`, { allowed }),
    ];
  });
}

/** 2112 is where Package Manager gives its metrics: Posit's administration guide, "Operational metrics". */
const METRICS_PORT = 2112;
const metricsPort = ({ packageManager: { port } }: StageSettings): Finding[] =>
  when(port === METRICS_PORT, "packageManager.port", `is ${METRICS_PORT}, where Package Manager gives its metrics`, { allowed: "any other port" });

export const networkChecks: readonly Check[] = [
  {
    id: "open-to-the-world",
    level: "refuse",
    words: "An allow-list as wide as the world, or wider than /8, must be said to be meant.",
    of: each(openToTheWorld),
  },
  { id: "own-ranges", level: "refuse", words: "No range of an allow-list is there twice or lies in another.", of: each(ownRanges) },
  { id: "zones-of-the-region", level: "refuse", words: "Both zones are of the stage's region.", of: each(zonesOfRegion) },
  { id: "two-zones", level: "refuse", words: "The two zones differ.", of: each(twoZones) },
  { id: "metrics-port", level: "refuse", words: "Package Manager does not listen where it gives its metrics.", of: each(metricsPort) },
];
