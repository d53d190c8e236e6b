import type { FleetFacts } from "../fleet/facts.ts";
import type { Finding } from "../health/triage.ts";
import type { Incident, RefusalRecord } from "./incident.ts";

/** A new incident out of a finding. Its id tells time, kind and the end of the resource's name. */
export function incidentOf(finding: Finding, facts: Pick<FleetFacts, "stage" | "at">): Incident {
  const time = facts.at.toISOString().slice(0, 19).replace(/[-:]/g, "");
  return {
    ...finding,
    id: `${time}-${finding.kind}-${finding.resource.slice(-5)}`,
    stage: facts.stage,
    openedAt: facts.at,
    endedAt: null,
    state: "open",
    paged: false,
    quietSince: null,
    refusals: [],
  };
}

/** Adds a refusal to the record; the same guard saying it again is counted, not repeated. */
export function withRefusal(incident: Incident, refusal: { guard: string; because: string; at: Date }): Incident {
  const known = incident.refusals.find((entry) => entry.guard === refusal.guard);
  const entry: RefusalRecord = { ...refusal, times: (known?.times ?? 0) + 1 };
  return { ...incident, refusals: [...incident.refusals.filter((other) => other !== known), entry] };
}
