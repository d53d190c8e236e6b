import { after } from "@steward/core/apply/duration";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { defaultPolicy } from "@steward/core/fleet/policy";
import { servingNodes } from "@steward/core/fleet/standing";
import { GUARD_IDS } from "@steward/core/guards/guard";
import { causeOf } from "@steward/core/health/causes";
import { triage } from "@steward/core/health/triage";
import { type Decision, decide } from "@steward/core/incidents/decide";
import type { Incident } from "@steward/core/incidents/incident";
import { RUNBOOKS } from "@steward/core/runbooks/registry";
import { survey } from "@steward/core/survey/survey";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fleets, treatable } from "../arbitrary-fleet.ts";
import { DATABASE, FIRST, incident, justAfter, lease, ME, NOW, reports, SECOND, sickNode } from "../builders.ts";
import { deepFreeze } from "../deep-freeze.ts";
import { recordRounds } from "../survey/record.ts";

const anyFleet = fc.oneof({ weight: 2, arbitrary: fleets }, { weight: 1, arbitrary: treatable });

/** Every decision that the facts ask for: about each open incident, and about each finding as if it were one. */
const decisions = (facts: FleetFacts, now: Date = facts.at): Decision[] => subjects(facts).map((about) => decide(facts, about, ME, defaultPolicy, now));
const subjects = (facts: FleetFacts): Incident[] => [
  ...facts.incidents,
  ...triage(facts, defaultPolicy).map(({ kind, resource, cause, evidence }) => incident({ kind, resource, cause, evidence })),
];
const disruptive = (decision: Decision): boolean => decision.kind === "act" && RUNBOOKS[decision.runbook].disrupts;

const never = (trouble: (facts: FleetFacts) => FleetFacts, now?: Date) =>
  fc.assert(
    fc.property(anyFleet, (facts) => {
      expect(decisions(trouble(facts), now).filter(disruptive)).toEqual([]);
    }),
    { numRuns: 300 },
  );

describe("without any trouble in the way", () => {
  test("a fleet with one sick node is acted on, so that what follows proves something", () => {
    const acts = fc.property(treatable, (facts) => {
      expect(decide(facts, incident(), ME, defaultPolicy, NOW)).toMatchObject({ kind: "act", input: { instanceId: FIRST } });
    });
    fc.assert(acts);
  });
});

describe("nothing disruptive is decided", () => {
  test("while the switch is off", () => {
    never((facts) => ({ ...facts, switch: { position: "off" } }));
  });

  test("on facts that are stale by a millisecond", () => {
    never((facts) => facts, justAfter(after(NOW, defaultPolicy.staleAfter)));
  });

  test("while anything can't be read", () => {
    never((facts) => ({ ...facts, unread: [{ what: "the targets", because: "throttled" }] }));
  });

  test("while the database is down", () => {
    never((facts) => ({ ...facts, database: { id: DATABASE, status: "failed" } }));
  });

  test("while any shared cause is found", () => {
    const shared = fc.property(fleets, (facts) => {
      fc.pre(triage(facts, defaultPolicy).some(({ cause }) => causeOf(cause).shared));
      expect(decisions(facts).filter(disruptive)).toEqual([]);
    });
    fc.assert(shared);
  });

  test("while another change holds the lease", () => {
    never((facts) => ({ ...facts, leases: [...facts.leases.filter(({ scope }) => scope !== "fleet"), lease()] }));
  });

  test("while every node in service is sick", () => {
    const sick = fc.constantFrom(
      sickNode(),
      sickNode({ statusChecks: "impaired" }),
      sickNode({ probe: reports({ ping: { kind: "timeout" } }) }),
      sickNode({ probe: { kind: "unknown", because: "silence" } }),
    );
    const all = fc.property(fleets, sick, sick, (facts, first, second) => {
      const others = facts.nodes.filter(({ instanceId, lifecycle }) => lifecycle !== "InService" && instanceId !== FIRST && instanceId !== SECOND);
      expect(decisions({ ...facts, nodes: [first, { ...second, instanceId: SECOND }, ...others] }).filter(disruptive)).toEqual([]);
    });
    fc.assert(all);
  });
});

describe("a decision", () => {
  test("never restarts the only node that serves", () => {
    const safe = fc.property(anyFleet, (facts) => {
      const serving = servingNodes(facts);
      for (const decision of decisions(facts)) {
        if (decision.kind === "act" && decision.runbook === "restart-service")
          expect(serving.map(({ instanceId }) => instanceId)).not.toEqual([decision.input.instanceId]);
      }
    });
    fc.assert(safe, { numRuns: 300 });
  });

  test("always has a reason, and waits only for what is still to come", () => {
    const reasoned = fc.property(anyFleet, (facts) => {
      for (const decision of decisions(facts)) {
        expect(decision.because).not.toBe("");
        if (decision.kind === "wait") expect(decision.until.getTime()).toBeGreaterThan(facts.at.getTime());
        if (decision.kind === "refuse") expect(GUARD_IDS).toContain(decision.guard);
      }
    });
    fc.assert(reasoned);
  });

  test("is the same for the same facts, and changes nothing in them", () => {
    const pure = fc.property(anyFleet, (facts) => {
      const before = structuredClone(facts);
      deepFreeze(facts);
      expect(decisions(facts)).toEqual(decisions(structuredClone(facts)));
      expect(facts).toEqual(before);
    });
    fc.assert(pure);
  });
});

describe("a survey", () => {
  test("asks the same of the same facts, and changes nothing in them", () => {
    const pure = fc.property(anyFleet, (facts) => {
      const before = structuredClone(facts);
      deepFreeze(facts);
      expect(survey(facts, defaultPolicy, NOW)).toEqual(survey(structuredClone(facts), defaultPolicy, NOW));
      expect(facts).toEqual(before);
    });
    fc.assert(pure);
  });

  test("opens nothing twice", () => {
    const opened = (facts: FleetFacts) =>
      survey(facts, defaultPolicy, NOW).flatMap((duty) => (duty.duty === "open" ? [`${duty.incident.kind} ${duty.incident.resource}`] : []));
    const settled = fc.property(anyFleet, (facts) => {
      const first = opened(facts);
      expect(opened(recordRounds(facts, 1)).filter((again) => first.includes(again))).toEqual([]);
    });
    fc.assert(settled);
  });

  test("finds only refusals to repeat once all it asked for is done", () => {
    const settled = fc.property(anyFleet, (facts) => {
      const left = survey(recordRounds(facts, 4), defaultPolicy, NOW);
      expect(left.filter(({ duty }) => duty !== "refuse")).toEqual([]);
    });
    fc.assert(settled);
  });

  test("starts no two runs of one name", () => {
    const distinct = fc.property(anyFleet, (facts) => {
      const started = survey(facts, defaultPolicy, NOW).flatMap((duty) => (duty.duty === "start" ? [duty.order.name] : []));
      expect(new Set(started).size).toBe(started.length);
    });
    fc.assert(distinct);
  });
});
