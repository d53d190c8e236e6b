import type { Topology } from "../topology/topology.ts";
import { HOURS_PER_MONTH, type Price } from "./prices.ts";

/** `standing`: by the hour or month, whatever the load. `control-plane`: Steward itself, when nothing happens. `usage`: follows from assumptions. */
export type CostGroup = "standing" | "control-plane" | "usage";

/** A month's amount of one thing, with its price; null where that is not known. */
export interface Item {
  group: CostGroup;
  what: string;
  quantity: number;
  price: Price | null;
}

/** What things of one kind cost, or in words why they cost nothing. */
export type Rule = string | ((topology: Topology) => Item[]);

const of =
  (group: CostGroup) =>
  (what: string, quantity: number, price: Price | null): Item => ({ group, what, quantity, price });

export const standing = of("standing");
export const steward = of("control-plane");
export const usage = of("usage");

/** So many things for every hour of a month. */
export const allMonth = (things = 1): number => things * HOURS_PER_MONTH;
