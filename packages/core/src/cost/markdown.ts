import { StageSettings } from "../settings/schema.ts";
import type { TopologyKind } from "../topology/topology.ts";
import { topologyOf } from "../topology/topology-of.ts";
import { ASSUMED, NOT_COUNTED } from "./assumptions.ts";
import { COSTS, type CostLine, type Estimate, estimate } from "./estimate.ts";
import type { CostGroup } from "./items.ts";
import { KNOWN_FAMILIES, PRICED_REGION, PRICES, type Price, TRANSFER_OUT } from "./prices.ts";
import { GROUP_TITLES, monthlyInWords, priceInWords, quantityInWords, totalInWords, unitPriceInWords, usd } from "./words.ts";

const COMMON = {
  account: "111122223333",
  region: PRICED_REGION,
  network: { zones: [`${PRICED_REGION}a`, `${PRICED_REGION}b`] },
  alerts: { people: ["platform@example.com"] },
};

/** The reference architectures, as the settings' defaults are. */
const REFERENCES: Record<TopologyKind, StageSettings> = {
  single: StageSettings.parse({ topology: "single", ...COMMON, access: { from: ["203.0.113.0/24"] } }),
  ha: StageSettings.parse({ topology: "ha", ...COMMON }),
};

/** docs/costs.md: the estimate for both reference architectures, every assumption, and every price with its source. `npx steward preview --markdown` prints it. */
export function costsMarkdown(): string {
  return [
    ...INTRODUCTION,
    ...chapter("One server (`single`)", estimate(topologyOf("team", REFERENCES.single))),
    ...chapter("The pair (`ha`)", estimate(topologyOf("production", REFERENCES.ha))),
    ...REMARKS,
    "",
  ].join("\n");
}

const INTRODUCTION = [
  "# Costs",
  "",
  `What a stage costs in a month of 730 hours, at AWS's list prices on demand in ${PRICED_REGION}, in US dollars. \`npx steward preview --stage <name>\` prints the same for your settings, without an AWS account; in another region it says that the prices are ${PRICED_REGION}'s.`,
  "",
  "Three sums are kept apart: what runs by the hour whatever the load, Steward itself when nothing happens, and what follows from use. The last rests on assumptions, and most of it is data that leaves AWS: where users come over a VPN or from the same region, that part is smaller or none.",
  "",
  "An instance type or database class whose price is not known is named, and left out of the sums: then each is a lower bound.",
  "",
  "This page is written by `npx steward preview --markdown > docs/costs.md`.",
  "",
];

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
const table = (head: readonly string[], rows: readonly string[][]): string[] => [row(head), row(head.map(() => "---")), ...rows.map(row), ""];

const chapter = (title: string, cost: Estimate): string[] => [
  `## ${title}`,
  "",
  `A month: ${totalInWords(cost)}.`,
  "",
  ...(["standing", "control-plane", "usage"] as const).flatMap((group) => section(group, cost.totals[group], cost.lines)),
];

const section = (group: CostGroup, total: number, lines: readonly CostLine[]): string[] => [
  `### ${GROUP_TITLES[group]}: ${usd(total)}`,
  "",
  ...table(
    ["what", "quantity", "price", "a month"],
    lines.filter((line) => line.group === group).map((line) => [line.what, quantityInWords(line), unitPriceInWords(line), monthlyInWords(line)]),
  ),
];

const priceRow = (what: string, price: Price): string[] => [what, priceInWords(price), price.source, price.asOf];

const REMARKS = [
  "## What is assumed",
  "",
  ...table(
    ["what", "value", "why"],
    Object.values(ASSUMED).map(({ what, value, unit, because }) => [what, `${value.toLocaleString("en-US")} ${unit}`.trim(), because]),
  ),
  "## What is not counted",
  "",
  ...NOT_COUNTED.map((what) => `- ${what}`),
  "",
  "## What is free",
  "",
  ...table(
    ["what", "why"],
    Object.entries(COSTS).flatMap(([kind, rule]) => (typeof rule === "string" ? [[`\`${kind}\``, rule]] : [])),
  ),
  "## Prices",
  "",
  "All prices are in [`prices.ts`](../packages/core/src/cost/prices.ts). They were read from stored copies and transcripts of the pages and lists named here, as of the date named; nobody has compared them with a bill.",
  "",
  ...table(
    ["what", "price", "source", "as of"],
    [
      ...Object.entries(PRICES).map(([id, price]) => priceRow(`\`${id}\``, price)),
      ...TRANSFER_OUT.map(({ upToGb, price }) =>
        priceRow(Number.isFinite(upToGb) ? `download, up to ${upToGb.toLocaleString("en-US")} GB` : "download, beyond", price),
      ),
    ],
  ),
  `Instances are known of the families ${KNOWN_FAMILIES.nodes.join(", ")} (AWS Price List of 2026-01-19), databases of ${KNOWN_FAMILIES.databases.join(", ")} (2026-08-21).`,
];
