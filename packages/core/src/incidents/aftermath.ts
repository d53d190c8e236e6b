import { after } from "../apply/duration.ts";
import type { FleetFacts } from "../fleet/facts.ts";
import type { Policy } from "../fleet/policy.ts";
import { causeOf } from "../health/causes.ts";
import type { Incident } from "./incident.ts";

/**
 * A shared trouble that is not over, or only just: nodes take a while to find back to a database that is up again, and
 * until then what looks wrong with them is its aftermath.
 */
export const aftermath = (facts: Pick<FleetFacts, "incidents">, policy: Policy, now: Date): Incident | undefined =>
  facts.incidents.find(({ cause, quietSince }) => causeOf(cause).shared && (quietSince === null || after(quietSince, policy.bootGrace) > now));
