import type { CostLine, Estimate } from "@steward/core/cost/estimate";
import { GROUP_TITLES, monthlyInWords, reckoned, totalInWords, usd } from "@steward/core/cost/words";
import { indented } from "./outline-lines.ts";
import type { Screen } from "./screen.ts";

/** Below this width a line's quantity and price go under it. */
const WIDE = 130;

/** The estimate for reading: each group with its lines and its sum, what is not known, and the total. */
export function costLines(cost: Estimate, screen: Screen): string[] {
  const { lines, totals, unknown, pricesOf, caveat } = cost;
  const width = Math.max(...lines.map(({ what }) => what.length));
  const groups = (["standing", "control-plane", "usage"] as const).flatMap((id) => [
    ...indented(`${GROUP_TITLES[id]}: ${usd(totals[id])}`, 2, screen).map((line) => screen.style("bold", line)),
    ...lines.filter(({ group }) => group === id).flatMap((line) => (screen.width < WIDE ? stacked(line, screen) : [beside(line, width, screen)])),
  ]);
  return [
    "",
    ...indented(`Cost a month: ${totalInWords(cost)}`, 0, screen).map((line) => screen.style("bold", line)),
    ...indented(`List prices of ${pricesOf} for 730 hours; docs/costs.md has every price with its source, and what is assumed.`, 2, screen),
    ...(caveat ? indented(`! ${caveat}`, 2, screen).map((line) => screen.style("yellow", line)) : []),
    ...unknown.flatMap((what) => indented(`! price unknown: ${what}; not in the sums`, 2, screen)).map((line) => screen.style("yellow", line)),
    ...groups,
  ];
}

const beside = (line: CostLine, width: number, screen: Screen): string =>
  `    ${line.what.padEnd(width)}  ${monthlyInWords(line).padStart(13)}  ${screen.style("dim", reckoned(line))}`;

const stacked = (line: CostLine, screen: Screen): string[] => [
  ...indented(`${line.what}: ${monthlyInWords(line)}`, 4, screen),
  ...indented(reckoned(line), 8, screen).map((text) => screen.style("dim", text)),
];
