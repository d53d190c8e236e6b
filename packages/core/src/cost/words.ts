import type { CostLine, Estimate } from "./estimate.ts";
import type { CostGroup } from "./items.ts";
import type { Price } from "./prices.ts";

/** What each group of lines is. */
export const GROUP_TITLES: Record<CostGroup, string> = {
  standing: "By the hour, whatever the load",
  "control-plane": "Steward itself, when nothing happens",
  usage: "With use, as assumed",
};

const DOLLARS = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });

/** `$1,292.63` */
export const usd = (dollars: number): string => DOLLARS.format(dollars);

const number = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 3 });

/** `$0.20 per 1,000,000 requests`; unit prices keep all their digits. */
export const priceInWords = ({ usd: dollars, units, unit }: Price): string =>
  `$${dollars.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 10 })} per ${units === 1 ? "" : `${number(units)} `}${unit}`;

export const unitPriceInWords = ({ price }: CostLine): string => (price ? priceInWords(price) : "an unknown price");
export const quantityInWords = ({ quantity }: CostLine): string => number(quantity);

export const monthlyInWords = ({ monthly }: CostLine): string => (monthly === null ? "price unknown" : usd(monthly));

/** `1,460 × $0.68 per instance-hour` */
export const reckoned = (line: CostLine): string => `${quantityInWords(line)} × ${unitPriceInWords(line)}`;

/** What stands before anything is used, and what the assumed use makes of it. */
export function totalInWords({ totals, unknown }: Estimate): string {
  const least = unknown.length > 0 ? "at least " : "";
  const before = totals.standing + totals["control-plane"];
  return `${least}${usd(before)} before use (fleet ${usd(totals.standing)}, Steward ${usd(totals["control-plane"])}), ${usd(totals.all)} at the full load of the reference`;
}
