import type { RunSubject } from "@steward/core/apply/order";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { policyOf } from "@steward/core/fleet/policy";
import { backupsWanted } from "@steward/core/guards/backups-wanted";
import { type Intent, THE_FLEET } from "@steward/core/guards/guard";
import { restoreUnderWay } from "@steward/core/guards/restore-under-way";
import { sharedCause } from "@steward/core/guards/shared-cause";
import { decide } from "@steward/core/incidents/decide";
import { isOver } from "@steward/core/incidents/over";
import { goOnWithRestore, requestOf, restoreFails, restoreFindings, unconfirmed } from "@steward/core/restore/survey";
import { keepingOf } from "@steward/core/settings/schema";
import { surveySnapshots } from "@steward/core/snapshots/survey";
import { type Duty, survey } from "@steward/core/survey/survey";
import { describe, expect, test } from "vitest";
import { singleSettings } from "../../settings.ts";
import { ago, attempt, FIRST, GROUP, incident, NOW, node, reports, runRecord, SECOND, sickNode } from "../builders.ts";
import { aServer, FORMER, MARKED, made, RESTORED, record, restoring, swapped, volume } from "./builders.ts";

const policy = policyOf("single", keepingOf(singleSettings()));
const late = (but: Partial<FleetFacts> = {}) => restoring({ startedAt: ago({ minutes: 60 }) }, { ...swapped, ...but }, MARKED);
const subjects = (duties: readonly Duty[]): RunSubject[] => duties.flatMap((duty) => (duty.duty === "start" ? [duty.order.subject] : []));
const opened = (duties: readonly Duty[]) => duties.flatMap((duty) => (duty.duty === "open" ? [duty.incident.kind] : []));
const failed = (runbook: string, because = "no") => attempt({ runbook, outcome: "failed", startedAt: NOW, because });

describe("a restore that nobody goes on with", () => {
  const goOn = { kind: "duty", id: `restore-${record().id}`, runbook: "restore-volume", input: { approved: record().plan } };

  test("is gone on with by a run of its own", () => {
    expect(subjects(survey(restoring(), policy, NOW))).toMatchObject([goOn]);
  });

  test.each<[string, Partial<FleetFacts>]>([
    ["the switch is off", { switch: { position: "off" } }],
    ["the approved run is at it", { runs: [runRecord({ subject: `request-${requestOf(record().plan)}` })] }],
    ["another is at it", { runs: [runRecord({ subject: `duty-restore-${record().id}` })] }],
    ["it has failed over and over", { attempts: Array.from({ length: 5 }, () => failed("restore-volume")) }],
  ])("waits where %s", (_what, but) => {
    expect(goOnWithRestore(restoring({}, but))).toBeUndefined();
  });

  test("is none where all are over", () => {
    expect(goOnWithRestore(restoring({ state: "restored" }))).toBeUndefined();
    expect(goOnWithRestore(restoring({}, { runs: [runRecord({ subject: `duty-restore-${record().id}`, endedAt: NOW })] }))).toMatchObject({ id: goOn.id });
  });
});

describe("a restore that does not get finished", () => {
  test("is told with what it waits for and the exact way back", () => {
    expect(restoreFails(late())).toMatch(
      new RegExp(`is not over; the former server has let go of its volume: .*; to go back: aws lambda invoke .*"input":{"volumeId":"${FORMER}"}`),
    );
    expect(restoreFindings(late())).toMatchObject([{ kind: "restore-failed", resource: GROUP }]);
    expect(opened(survey(late({ runs: [runRecord({ subject: `duty-restore-${record().id}` })] }), policy, NOW))).toEqual(["restore-failed"]);
  });

  test("is told sooner where runs or admissions fail over and over", () => {
    expect(restoreFails(restoring({}, { attempts: [failed("admit-server"), failed("admit-server", "no ping")] }))).toContain(
      "it failed 2 times, the last time: no ping",
    );
    expect(restoreFails(restoring({}, { attempts: Array.from({ length: 5 }, () => failed("restore-volume")) }))).toContain("it failed 5 times");
    expect(restoreFails(restoring({}, { attempts: [failed("admit-server"), attempt({ runbook: "admit-server" })] }))).toBeUndefined();
  });

  test("may have no way back", () => {
    expect(restoreFails(restoring({ formerId: null, startedAt: ago({ hours: 2 }) }))).toContain("there is no volume to go back to");
  });

  test("is nothing while there is time, or where none is under way", () => {
    expect([restoreFails(restoring()), restoreFails(aServer()), restoreFindings(aServer())]).toEqual([undefined, undefined, []]);
  });

  const open = incident({ kind: "restore-failed", resource: GROUP, cause: "restore-failed", evidence: ["as it was"] });
  test("is a human's, and over when it is finished or another follows", () => {
    expect(decide(late(), open, null, policy, NOW)).toMatchObject({
      kind: "refuse",
      guard: "nothing-left-to-try",
      because: expect.stringContaining("nothing is forced"),
    });
    expect(isOver(open, restoring({ state: "restored" }), policy)).toBe(true);
    expect(isOver(open, late(), policy)).toBe(false);
    expect(isOver(open, restoring({}, { unread: [{ what: "restore", because: "throttled" }] }), policy)).toBe(false);
    expect(decide(restoring({}, { unread: [{ what: "restore", because: "throttled" }] }), open, null, policy, NOW)).toMatchObject({
      because: expect.stringContaining("as it was"),
    });
  });
});

describe("while a restore is under way", () => {
  const intent = (but: Partial<Intent> = {}): Intent => ({
    runbook: "restart-service",
    instanceId: FIRST,
    disrupts: true,
    execution: null,
    resumes: false,
    ...but,
  });

  test("nothing that looks wrong with a server is an incident", () => {
    expect(opened(survey(restoring({}, { nodes: [sickNode()] }), policy, NOW))).toEqual([]);
    expect(opened(survey(restoring({ state: "restored" }, { nodes: [sickNode()] }), policy, NOW))).toEqual(["node-sick"]);
  });

  test("nobody else takes a server out of service", () => {
    expect(restoreUnderWay(restoring(), intent(), policy, NOW)).toMatchObject({ verdict: "wait", guard: "restore-under-way" });
    expect(restoreUnderWay(restoring(), intent({ disrupts: false }), policy, NOW)).toBeUndefined();
    expect(restoreUnderWay(restoring(), intent({ runbook: "restore-volume" }), policy, NOW)).toBeUndefined();
    expect(restoreUnderWay(aServer(), intent(), policy, NOW)).toBeUndefined();
  });

  test("no server is let in until the former one has let go", () => {
    const waits = node({ instanceId: SECOND, lifecycle: "Pending:Wait", target: null, launchedAt: ago({ seconds: 5 }) });
    const admissions = (volumes: Parameters<typeof restoring>[2]) =>
      subjects(survey(restoring({}, { ...swapped, nodes: [waits] }, volumes), policy, NOW)).filter(({ kind }) => kind === "admission");
    expect(admissions(MARKED)).toEqual([]);
    expect(admissions([volume(), made()])).toMatchObject([{ instanceId: SECOND }]);
  });

  test("no snapshot is made of what may never have held anything", () => {
    const seen = { stage: "demo", at: NOW, volumeId: RESTORED, volumes: [], snapshots: [], images: [], templates: [], needed: [] };
    const taken = (facts: FleetFacts) =>
      subjects(surveySnapshots(facts, seen, policy, NOW)).filter((one) => "runbook" in one && one.runbook === "take-snapshots");
    expect(taken(restoring({}, swapped))).toEqual([]);
    expect(taken(restoring({ state: "restored" }, swapped))).toHaveLength(1);
  });
});

describe("as long as nobody has confirmed it", () => {
  const wants = (facts: FleetFacts, runbook: Intent["runbook"]) =>
    backupsWanted(facts, { runbook, instanceId: THE_FLEET, disrupts: false, execution: null, resumes: false }, policy, NOW);

  test("nothing is pruned", () => {
    expect(wants(restoring({ state: "restored" }), "prune-snapshots")).toMatchObject({
      verdict: "wait",
      because: expect.stringContaining("no snapshot is deleted"),
    });
    expect(wants(restoring(), "prune-images")).toMatchObject({ verdict: "wait" });
    expect(wants(restoring({ state: "confirmed" }), "prune-snapshots")).toBeUndefined();
    expect(wants(restoring(), "restart-service")).toBeUndefined();
  });

  test("people are asked once a day, each day anew", () => {
    const asked = (hours: number, but = {}) => unconfirmed(restoring({ state: "restored", restoredAt: ago({ hours }), ...but }));
    expect([asked(23), asked(24, { restoredAt: null }), unconfirmed(restoring())]).toEqual([[], [], []]);
    expect(asked(24)).toMatchObject([{ kind: "restore-unconfirmed", resource: `${RESTORED}, day 1` }]);
    expect(asked(50)).toMatchObject([{ resource: `${RESTORED}, day 2` }]);
    expect(asked(24)[0]?.evidence.join("\n")).toMatch(/confirm-restore[\s\S]*to go back: .*restore-volume/);
    expect(asked(24, { formerId: null, kept: [] })[0]?.evidence).toEqual([expect.stringContaining("nothing is kept"), expect.stringContaining("to confirm")]);
  });
});

test("what is shared keeps nobody from what a person has approved", () => {
  const cutOff = [FIRST, SECOND].map((instanceId) => sickNode({ instanceId, probe: reports({ instanceId, storage: "unreachable" }) }));
  const objection = (runbook: Intent["runbook"]) =>
    sharedCause(aServer({ nodes: cutOff }), { runbook, instanceId: THE_FLEET, disrupts: true, execution: null, resumes: false }, policy, NOW);
  expect(objection("restart-service")).toMatchObject({ verdict: "refuse" });
  expect(objection("restore-volume")).toBeUndefined();
});
