import type { Delivery, Verdict } from "../services/events/delivery.ts";
import type { SimulatedAccount } from "../simulated-account.ts";
import { chance } from "../world/chance.ts";
import type { Fault } from "./fault.ts";

type Disturb = (delivery: Delivery) => Verdict;
const disturbances = new WeakMap<SimulatedAccount, Map<string, Disturb>>();

/** A fault of EventBridge's deliveries; several may be at work, and the first that wants a delivery gets it. */
export function deliveryFault({ id, summary, share, verdict }: { id: string; summary: string; share: number; verdict: () => Verdict }): Fault {
  return {
    id,
    summary,
    inject: (world, target = {}) => {
      const part = target.share ?? share;
      disturb(world).set(id, ({ event, target: { Arn = "" } }) =>
        concerns(target.functions, Arn) && (target.detailTypes?.includes(event["detail-type"]) ?? true) && chance() < part ? verdict() : "deliver",
      );
    },
    clear: (world) => void disturb(world).delete(id),
  };
}

const concerns = (functions: string[] | undefined, targetArn: string): boolean =>
  functions === undefined || functions.some((name) => targetArn.split(":")[6] === name);

function disturb(world: SimulatedAccount): Map<string, Disturb> {
  const known = disturbances.get(world);
  if (known) return known;
  const all = new Map<string, Disturb>();
  disturbances.set(world, all);
  world.events.delivery.intercept = (delivery) => [...all.values()].map((one) => one(delivery)).find((answer) => answer !== "deliver") ?? "deliver";
  return all;
}
