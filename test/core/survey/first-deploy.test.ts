import type { FleetFacts } from "@steward/core/fleet/facts";
import { decide } from "@steward/core/incidents/decide";
import { incidentOf } from "@steward/core/incidents/open";
import { isOver } from "@steward/core/incidents/over";
import { type Duty, survey } from "@steward/core/survey/survey";
import { describe, expect, test } from "vitest";
import { ago, attempt, healthyFleet, NOW, node, runRecord, SECOND, sickNode } from "../builders.ts";
import { AMI, before, build, emptyAccount, held, image, KINDS, knowing, noted, policyFor, stageIds, VERSIONS } from "../first-deploy/founding.ts";
import { record } from "./record.ts";

const pair = policyFor("ha");
const duties = (facts: FleetFacts): Duty[] => survey(facts, pair, NOW);
const kindsOf = (all: readonly Duty[]): string[] => all.map(({ duty }) => duty);
const order = { name: "demo-first-deploy-1", subject: { kind: "first-deploy" } };

describe("a first deploy", () => {
  test("in an empty account is begun: its first stage is noted and a run is started", () => {
    expect(duties(emptyAccount("ha"))).toEqual([
      { duty: "note-first-deploy", note: { what: "reached", stage: "image", at: NOW, again: false } },
      { duty: "start", order, because: "a golden image is built and tested: there is no tested image yet" },
    ]);
  });

  test.each(KINDS)("in %s notes each stage once", (kind) => {
    for (const id of stageIds(kind).filter((stage) => kind === "ha" || stage !== "fleet")) {
      const facts = before(kind, id);
      const once = survey(facts, policyFor(kind), NOW);
      expect(once.filter(({ duty }) => duty === "note-first-deploy")).toEqual([
        { duty: "note-first-deploy", note: { what: "reached", stage: id, at: NOW, again: false } },
      ]);
      expect(kindsOf(survey(record(facts, once), policyFor(kind), NOW))).not.toContain("note-first-deploy");
    }
  });

  test("has one run at a time, named by how many came before", () => {
    const ended = runRecord({ name: "demo-first-deploy-1", subject: "first-deploy", endedAt: NOW, outcome: "handed-over" });
    const facts = noted(emptyAccount("ha"), { reached: { image: ago({ minutes: 5 }) } });
    expect(duties({ ...facts, runs: [ended] })).toMatchObject([{ duty: "start", order: { name: "demo-first-deploy-2" } }]);
    expect(duties({ ...facts, runs: [ended, { ...ended, name: "demo-first-deploy-2", endedAt: null }] })).toEqual([]);
  });

  test.each<[string, FleetFacts]>([
    ["people have to do something", before("ha", "secrets")],
    ["something takes its time", { ...emptyAccount("ha"), builds: [build()] }],
    ["the switch is off", { ...emptyAccount("ha"), switch: { position: "off" } }],
    ["something is unread", knowing(emptyAccount("ha"), { unread: [{ what: "the vault", because: "throttled" }] })],
    [
      "its step failed three times",
      {
        ...noted(emptyAccount("ha"), { reached: { image: ago({ hours: 1 }) } }),
        attempts: [1, 2, 3].map((n) => attempt({ run: `${n}`, runbook: "first-deploy", outcome: "failed" })),
      },
    ],
  ])("has no run while %s", (_while, facts) => {
    expect(kindsOf(duties(facts))).not.toContain("start");
  });

  test("has its time begin anew with every look while the switch is off: nobody was meant to do anything", () => {
    const facts = noted({ ...emptyAccount("ha"), switch: { position: "off" } }, { reached: { image: ago({ hours: 3 }) } });
    expect(duties(facts)).toEqual([{ duty: "note-first-deploy", note: { what: "reached", stage: "image", at: NOW, again: true } }]);
    expect(duties({ ...record(facts, duties(facts)), at: NOW, switch: { position: "on" } }).map(({ duty }) => duty)).toEqual(["start"]);
  });

  test("that is complete has its image proven, and is finished once that is on record", () => {
    expect(duties(before("ha"))).toEqual([{ duty: "note-image", image: image({ standing: "proven" }) }]);
    const others = { ...before("ha"), images: [image({ standing: "proven" }), image({ imageId: "ami-other" })] };
    expect(kindsOf(duties(others))).toEqual(["note-first-deploy"]);
  });

  test("proves the images of the nodes that serve, and not the one that the template names by now", () => {
    const newer = noted(knowing(before("ha"), { template: { version: 2, imageId: "ami-new", base: 2 } }), { reached: { fleet: ago({ minutes: 5 }) } });
    const facts = { ...newer, images: [image({ imageId: "ami-new" }), image()] };
    expect(duties(facts).filter(({ duty }) => duty === "note-image")).toEqual([{ duty: "note-image", image: image({ standing: "proven" }) }]);
  });

  test("that comes back to a stage, and passes those after it again, gives each its time anew", () => {
    const reached = { image: ago({ hours: 9 }), secrets: ago({ hours: 8 }), database: ago({ hours: 7 }), document: ago({ hours: 6 }) };
    const again = (facts: FleetFacts) => duties(facts).flatMap((duty) => (duty.duty === "note-first-deploy" ? [duty.note] : []));
    const back = noted({ ...before("ha", "document"), images: [] }, { reached });
    expect(again(back)).toEqual([{ what: "reached", stage: "image", at: NOW, again: true }]);
    expect(kindsOf(duties({ ...back, builds: [build({ state: "failed" }), build({ state: "failed" })] }))).not.toContain("open");
    const passed = { image: ago({ minutes: 9 }), secrets: ago({ hours: 8 }), database: ago({ hours: 7 }), document: ago({ hours: 6 }) };
    expect(again(noted(before("ha", "document"), { reached: passed }))).toEqual([{ what: "reached", stage: "document", at: NOW, again: true }]);
    expect(again(noted(before("ha", "document"), { reached }))).toEqual([]);
    const blind = knowing(noted(before("ha", "document"), { reached: passed }), { unread: [{ what: "the vault", because: "throttled" }] });
    expect(again(blind)).toEqual([]);
  });
});

describe("an image that is tested", () => {
  const there = build({ state: "available", status: "AVAILABLE", imageId: AMI, versions: VERSIONS });

  test("goes on the ledger once, as a candidate, whether a first deploy is under way or not", () => {
    const noting = { duty: "note-image", image: image({ builtAt: there.startedAt }) };
    for (const facts of [healthyFleet({ builds: [there] }), emptyAccount("ha", { builds: [there] })]) {
      expect(duties(facts).filter(({ duty }) => duty === "note-image")).toEqual([noting]);
      expect(kindsOf(duties(record(facts, duties(facts))))).not.toContain("note-image");
    }
  });

  test.each([
    ["is under way", build()],
    ["says nothing of itself", { ...there, versions: null }],
    ["is not known to EC2", { ...there, imageId: null }],
  ])("does not when it %s", (_when, known) => {
    expect(duties(healthyFleet({ builds: [known] }))).toEqual([]);
  });

  test("is not looked for where nobody has asked Image Builder", () => {
    expect(duties(healthyFleet({ builds: null }))).toEqual([]);
  });
});

describe("during a first deploy", () => {
  test("nobody is let in before something is in effect that a node could become", () => {
    const admits = (facts: FleetFacts) => duties(facts).some((duty) => duty.duty === "start" && duty.order.subject.kind === "admission");
    expect([admits(before("ha", "desired-state")), admits(before("ha", "first-serving"))]).toEqual([false, true]);
  });

  test("a node that the group ends is let go all the same", () => {
    const leaving = { ...before("ha", "init-database"), nodes: [{ ...held, lifecycle: "Terminating:Wait" }] };
    expect(duties(leaving)).toContainEqual(
      expect.objectContaining({ duty: "start", order: expect.objectContaining({ subject: expect.objectContaining({ kind: "retirement" }) }) }),
    );
  });

  test.each(KINDS)("nothing that %s still lacks is an incident", (kind) => {
    for (const id of stageIds(kind)) expect(kindsOf(survey(before(kind, id), policyFor(kind), NOW))).not.toContain("open");
    const broken = {
      ...before("ha", "desired-state"),
      database: { id: "steward-demo", status: "failed" },
      nodes: [sickNode(), sickNode({ instanceId: SECOND })],
    };
    expect(kindsOf(duties(broken))).not.toContain("open");
  });

  test("a node that falls sick once it serves is one", () => {
    const facts = { ...before("ha", "fleet"), nodes: [sickNode(), node({ instanceId: SECOND })] };
    expect(kindsOf(duties(facts))).toContain("open");
  });
});

describe("a first deploy that stands still", () => {
  const late = noted(before("ha", "secrets"), { reached: { image: ago({ hours: 30 }), secrets: ago({ hours: 25 }) } });
  const finding = {
    kind: "first-deploy-late",
    resource: "steward-demo",
    cause: "first-deploy-late",
    evidence: [expect.stringContaining("npx steward secrets init")],
  } as const;
  const incident = incidentOf({ ...finding, evidence: ["the vault"] }, late);
  const open = { ...late, incidents: [incident] };

  test("is an incident, once", () => {
    expect(duties(late)).toEqual([{ duty: "open", incident: expect.objectContaining(finding) }]);
    expect(kindsOf(duties(open))).toEqual(["refuse"]);
  });

  test("is a human's, who is told what to do", () => {
    const decision = decide(open, incident, null, pair, NOW);
    expect(decision).toEqual({
      kind: "refuse",
      guard: "nothing-left-to-try",
      because: expect.stringMatching(/^"key, licence and logins are vaulted" .* a human has to look$/),
    });
  });

  test("is over when it goes on, and when it is finished, whatever the fleet is like", () => {
    const goesOn = noted(before("ha", "database"), { reached: { secrets: ago({ hours: 25 }), database: NOW } });
    for (const facts of [goesOn, healthyFleet({ nodes: [] })]) expect(isOver(incident, facts, pair)).toBe(true);
    expect(isOver(incident, open, pair)).toBe(false);
  });

  test("is not over because nobody can see, and is told in the words in which it was found", () => {
    const blind = healthyFleet({ unread: [{ what: "the group", because: "throttled" }] });
    expect(isOver(incident, blind, pair)).toBe(false);
    expect(decide(blind, incident, null, pair, NOW)).toMatchObject({ kind: "refuse", because: "the vault: a human has to look" });
  });
});
