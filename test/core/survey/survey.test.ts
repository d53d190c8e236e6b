import { subjectKey } from "@steward/core/apply/order";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { defaultPolicy, policyOf } from "@steward/core/fleet/policy";
import type { Incident } from "@steward/core/incidents/incident";
import { attend, type Duty, survey } from "@steward/core/survey/survey";
import { describe, expect, test } from "vitest";
import {
  ago,
  attempt,
  DATABASE,
  FIRST,
  fleetWithSickNode,
  healthyFleet,
  incident,
  justBefore,
  lease,
  NOW,
  node,
  reports,
  runRecord,
  SECOND,
  sickNode,
  THIRD,
} from "../builders.ts";
import { recordRounds } from "./record.ts";

const duties = (facts: FleetFacts, now = NOW): Duty[] => survey(facts, defaultPolicy, now);
/** The duties without the announcements, which have tests of their own. */
const work = (facts: FleetFacts): Duty[] => duties(facts).filter(({ duty }) => duty !== "announce");

describe("a finding", () => {
  test("is opened as an incident, and nothing else is done in the same breath", () => {
    expect(duties(fleetWithSickNode())).toEqual([
      { duty: "open", incident: incident({ id: "20260504T030000-node-sick-aaaa1", openedAt: NOW, evidence: expect.any(Array) }) },
    ]);
  });

  test("is not opened again while its incident is open", () => {
    expect(work(fleetWithSickNode({ incidents: [incident()] })).map(({ duty }) => duty)).toEqual(["start"]);
  });

  test("is opened although the same resource has an incident of another kind", () => {
    const facts = fleetWithSickNode({ incidents: [incident({ kind: "admission-failed" })] });
    expect(work(facts).filter(({ duty }) => duty === "open")).toHaveLength(1);
  });

  test("in a healthy fleet is none, and nothing is to do", () => {
    expect(duties(healthyFleet())).toEqual([]);
  });
});

describe("an open incident", () => {
  test("gets a run, named by the runs that ended before", () => {
    const ended = runRecord({ endedAt: ago({ minutes: 1 }), outcome: "handed-over" });
    const subject = { kind: "incident", id: incident().id, of: "node-sick", resource: FIRST } as const;
    expect(work(fleetWithSickNode({ incidents: [incident()], runs: [ended] }))).toEqual([
      { duty: "start", order: { name: `demo-incident-${incident().id}-2`, subject }, because: expect.stringContaining("Package Manager is not running") },
    ]);
  });

  test("gets no second run while one is at it", () => {
    expect(work(fleetWithSickNode({ incidents: [incident()], runs: [runRecord()] }))).toEqual([]);
  });

  test("gets its run although another incident has one", () => {
    expect(work(fleetWithSickNode({ incidents: [incident()], runs: [runRecord({ subject: "incident-another" })] })).map(({ duty }) => duty)).toEqual(["start"]);
  });

  test("gets a run that waits, where waiting is all there is to do", () => {
    expect(work(fleetWithSickNode({ incidents: [incident()], leases: [lease()] })).map(({ duty }) => duty)).toEqual(["start"]);
  });

  test("is paged where a guard refuses", () => {
    expect(work(fleetWithSickNode({ incidents: [incident()], switch: { position: "off" } }))).toEqual([
      { duty: "refuse", incident: incident(), guard: "switch-off", because: "the switch is off; I only watch" },
    ]);
  });

  test("is paged after two cures that did not help", () => {
    const attempts = [attempt(), attempt({ runbook: "replace-node" })];
    expect(work(fleetWithSickNode({ incidents: [incident()], attempts }))).toMatchObject([{ duty: "refuse", guard: "nothing-left-to-try" }]);
  });
});

describe("an incident that looks over", () => {
  const quiet = (quietSince: Date | null) => healthyFleet({ incidents: [incident({ quietSince })] });
  const verified = ago({ seconds: 60 });

  test("is noted as quiet first", () => {
    expect(work(quiet(null))).toEqual([{ duty: "quiet", incident: incident(), since: NOW }]);
  });

  test("is closed after a quiet minute, to the millisecond", () => {
    const early = quiet(new Date(verified.getTime() + 1));
    expect(work(early)).toEqual([]);
    expect(work(quiet(verified))).toEqual([
      { duty: "close", incident: incident({ quietSince: verified }), because: `2 nodes serve and ${FIRST} is well or gone` },
    ]);
  });

  test.each<[string, Partial<FleetFacts>, string]>([
    ["and gets a run", {}, "start"],
    ["and is paged", { switch: { position: "off" } }, "refuse"],
  ])("is quiet no more when it comes back, %s", (_and, but, then) => {
    const noisy = incident({ quietSince: ago({ seconds: 30 }) });
    expect(work(fleetWithSickNode({ incidents: [noisy], ...but }))).toMatchObject([{ duty: "quiet", incident: noisy, since: null }, { duty: then }]);
  });

  test("is left to its run while one is at it", () => {
    expect(attend(healthyFleet({ runs: [runRecord()] }), incident(), defaultPolicy, NOW)).toEqual([]);
  });
});

describe("after a shared trouble", () => {
  const database = (but: Partial<Incident> = {}) =>
    incident({ id: "db", kind: "database-down", cause: "database-unreachable", resource: DATABASE, state: "paged", paged: true, ...but });
  const after = (...incidents: Incident[]) => fleetWithSickNode({ incidents, announced: ["db/paged"] });

  test("its incident is noted as quiet, and what is left of it opens no other", () => {
    expect(duties(after(database()))).toEqual([{ duty: "quiet", incident: database(), since: NOW }]);
  });

  test("its incident is not quiet because the database can't be read", () => {
    const unread = [{ what: "the database", because: "throttled" }];
    expect(duties({ ...after(database()), database: null, unread }).filter(({ duty }) => duty === "quiet")).toEqual([]);
  });

  test("nothing is done while the nodes get their three minutes to find back", () => {
    expect(duties(after(database({ quietSince: ago({ minutes: 2 }) })))).toEqual([]);
  });

  test("a node that has not found back is sick for its own reasons", () => {
    expect(duties(after(database({ quietSince: ago({ minutes: 3 }) })))).toMatchObject([{ duty: "open", incident: { kind: "node-sick", resource: FIRST } }]);
  });

  test("all nodes sick at once are still its aftermath, and another root cause is not", () => {
    const both = [sickNode(), sickNode({ instanceId: SECOND })];
    const open = (nodes: FleetFacts["nodes"]) => work({ ...after(database()), nodes }).flatMap((duty) => (duty.duty === "open" ? [duty.incident.cause] : []));
    expect(open(both)).toEqual([]);
    expect(open(both.map((each) => ({ ...each, probe: reports({ storage: "unreachable" }) })))).toEqual(["storage-unreachable"]);
  });

  test("the same trouble in another place is opened", () => {
    const elsewhere = database({ resource: "another" });
    expect(work({ ...after(elsewhere), database: { id: DATABASE, status: "failed" } }).filter(({ duty }) => duty === "open")).toHaveLength(1);
  });
});

describe("a node in a lifecycle hook", () => {
  const pending = (but: Parameters<typeof node>[0] = {}) =>
    node({ instanceId: THIRD, lifecycle: "Pending:Wait", target: null, launchedAt: ago({ minutes: 2 }), ...but });
  const withNodes = (...more: FleetFacts["nodes"]) => healthyFleet({ nodes: [...healthyFleet().nodes, ...more] });

  test("is admitted", () => {
    expect(duties(withNodes(pending()))).toEqual([
      {
        duty: "start",
        order: { name: `demo-admission-${THIRD}-1`, subject: { kind: "admission", instanceId: THIRD, hook: "steward-demo-admit" } },
        because: `${THIRD} waits in steward-demo-admit`,
      },
    ]);
  });

  test("is let go", () => {
    expect(duties(withNodes(pending({ lifecycle: "Terminating:Wait" })))).toEqual([
      {
        duty: "start",
        order: { name: `demo-retirement-${THIRD}-1`, subject: { kind: "retirement", instanceId: THIRD, hook: "steward-demo-retire" } },
        because: `${THIRD} waits in steward-demo-retire`,
      },
    ]);
  });

  test("gets no second run while one is at it", () => {
    const runs = [runRecord({ subject: `admission-${THIRD}` })];
    expect(duties({ ...withNodes(pending()), runs })).toEqual([]);
  });

  test("gets another run when the one before ended and it still waits", () => {
    const runs = [runRecord({ subject: `admission-${THIRD}`, endedAt: NOW })];
    expect(duties({ ...withNodes(pending()), runs })).toMatchObject([{ order: { name: `demo-admission-${THIRD}-2` } }]);
  });

  test.each(["Pending", "Pending:Proceed", "Terminating:Proceed", "Standby", null])("does not wait when it is %s", (lifecycle) => {
    expect(duties(withNodes(pending({ lifecycle }))).filter(({ duty }) => duty === "start")).toEqual([]);
  });

  test("is admitted in single too, where the run waits for the volume", () => {
    const facts = healthyFleet({ nodes: [pending()], group: { ...healthyFleet().group, desired: 1 } });
    expect(survey(facts, policyOf("single"), NOW).filter(({ duty }) => duty === "start")).toMatchObject([{ order: { subject: { kind: "admission" } } }]);
    const leaving = { ...facts, nodes: [pending({ lifecycle: "Terminating:Wait" })] };
    expect(survey(leaving, policyOf("single"), NOW).filter(({ duty }) => duty === "start")).toMatchObject([{ order: { subject: { kind: "retirement" } } }]);
  });

  test("is left there while the switch is off", () => {
    expect(duties({ ...withNodes(pending()), switch: { position: "off" } })).toEqual([]);
  });
});

describe("an announcement that reached nobody", () => {
  const said = (facts: FleetFacts) => duties(facts).flatMap((duty) => (duty.duty === "announce" ? [`${duty.incident.id}/${duty.kind}`] : []));
  const openedAt = justBefore(ago({ minutes: 2 }));
  const quiet = { quietSince: NOW };
  const closed = incident({ id: "closed", state: "resolved", endedAt: openedAt });

  test.each<[string, Partial<FleetFacts>, string[]]>([
    ["is said again two minutes after the opening", { incidents: [incident({ ...quiet, id: "x", openedAt })] }, ["x/opened"]],
    ["is not missed to the millisecond before", { incidents: [incident({ ...quiet, openedAt: ago({ minutes: 2 }) })] }, []],
    ["is not said again when it was heard", { incidents: [incident({ ...quiet, id: "x", openedAt })], announced: ["x/opened"] }, []],
    [
      "is the page once a human is needed, opened or not",
      { incidents: [incident({ ...quiet, id: "x", openedAt, state: "paged", paged: true })], announced: ["x/opened"] },
      ["x/paged"],
    ],
    ["is said again two minutes after the end", { closed: [closed] }, ["closed/resolved"]],
    ["is not missed right after the end", { closed: [{ ...closed, endedAt: ago({ minutes: 2 }) }] }, []],
    ["is not said again when its end was heard", { closed: [closed], announced: ["closed/resolved"] }, []],
    ["is none where a record lacks its end", { closed: [{ ...closed, endedAt: null }] }, []],
  ])("%s", (_what, but, announcements) => {
    expect(said(healthyFleet(but))).toEqual(announcements);
  });
});

describe("what is done is not asked for again", () => {
  test.each<[string, FleetFacts, Duty["duty"][]]>([
    ["a sick node", fleetWithSickNode(), []],
    ["a sick node under an open switch", fleetWithSickNode({ switch: { position: "off" } }), ["refuse"]],
    ["a database that is down", healthyFleet({ database: { id: DATABASE, status: "failed" } }), ["refuse"]],
    ["a node in a hook", healthyFleet({ nodes: [node(), sickNode({ instanceId: SECOND, lifecycle: "Pending:Wait" })] }), []],
    ["an incident that is quiet", healthyFleet({ incidents: [incident()] }), []],
    ["an incident quiet for long", healthyFleet({ incidents: [incident({ quietSince: ago({ minutes: 2 }) })] }), []],
  ])("for %s", (_what, facts, left) => {
    expect(duties(recordRounds(facts, 2)).map(({ duty }) => duty)).toEqual(left);
  });

  test("by two runs of one subject at the same time", () => {
    const facts = recordRounds(
      healthyFleet({ nodes: [sickNode(), node({ instanceId: SECOND }), node({ instanceId: THIRD, lifecycle: "Pending:Wait", target: null })] }),
      5,
    );
    const subjects = facts.runs.map(({ subject }) => subject);
    expect(new Set(subjects).size).toBe(subjects.length);
    expect(subjects).toContain(subjectKey({ kind: "admission", instanceId: THIRD, hook: "" }));
  });
});
