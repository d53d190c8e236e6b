import type { FleetFacts } from "../fleet/facts.ts";
import type { Policy } from "../fleet/policy.ts";
import type { Finding } from "../health/triage.ts";
import { type Incident, isAboutKeeping, type KeepingKind } from "../incidents/incident.ts";
import { incidentOf } from "../incidents/open.ts";
import { type Duty, pageOnce, settle } from "./survey.ts";

type OfKeeping = Incident & { kind: KeepingKind };

/** What was found of what is kept, and which incidents are about that. */
interface News {
  fleet: FleetFacts;
  findings: readonly Finding[];
  about: (incident: OfKeeping) => boolean;
}

/** Opens an incident for what is new, tells people once of what is theirs to do, and closes after a while what is found no more. */
export const tell = (news: News, policy: Policy, now: Date): Duty[] => [...opening(news), ...attending(news, policy, now)];

const isSame = (a: Pick<Incident, "kind" | "resource">, b: Pick<Incident, "kind" | "resource">): boolean => a.kind === b.kind && a.resource === b.resource;

const opening = ({ fleet, findings }: News): Duty[] =>
  findings.filter((found) => !fleet.incidents.some((open) => isSame(open, found))).map((found) => ({ duty: "open", incident: incidentOf(found, fleet) }));

const attending = ({ fleet, findings, about }: News, policy: Policy, now: Date): Duty[] =>
  fleet.incidents
    .filter(isAboutKeeping)
    .filter(about)
    .flatMap((incident): Duty[] => {
      if (!findings.some((found) => isSame(found, incident))) return settle(incident, "it is found no more", policy, now);
      const noisy: Duty[] = incident.quietSince ? [{ duty: "quiet", incident, since: null }] : [];
      return [...noisy, ...pageOnce(incident)];
    });
