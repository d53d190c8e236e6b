import type { FleetFacts } from "@steward/core/fleet/facts";
import { defaultPolicy } from "@steward/core/fleet/policy";
import type { CommandReceipt } from "@steward/core/fleet/probe";
import type { ProofReport } from "@steward/core/fleet/proof-report";
import type { DrillRecord } from "@steward/core/proof/drill-record";
import type { DrillFacts } from "@steward/core/proof/facts";
import { hasDrill, leftovers, nextOf } from "@steward/core/proof/next";
import { PROVING } from "@steward/core/proof/stages";
import { describe, expect, test } from "vitest";
import { ago, attempt, desired, hence, NOW, report } from "../builders.ts";
import { COPY, COPY_DOCUMENT, DRILL, machine, PROVER, proofOf, record, SNAPSHOT, server, serving, single, volume } from "./builders.ts";
import { noDrill } from "./lab.ts";

/** Everything is made and attached, the server has converged and serves, and nobody has asked it for a proof. */
const all = (but: Partial<DrillRecord> = {}, rest: Partial<DrillFacts> = {}): DrillFacts =>
  noDrill({ record: serving(but), instances: [machine()], volumes: [volume()], probe: probe(), ...rest });
const receipt = (but: Partial<CommandReceipt> = {}): CommandReceipt => ({
  key: "k",
  verb: "converge",
  epoch: 1,
  at: ago({ minutes: 2 }),
  outcome: "done",
  ...but,
});
const probe = (receipts: CommandReceipt[] = [receipt()]) => report({ instanceId: PROVER, receipts });

function next(drill: DrillFacts, but: Partial<FleetFacts> = {}, policy = single) {
  const facts = server(drill, but);
  const found = hasDrill(facts) ? nextOf(facts, policy) : undefined;
  if (!found) return undefined;
  const { standing } = found;
  return standing.state === "act" ? standing.steps.map(({ because: _because, ...step }) => step) : standing.because;
}
const pause = (drill: DrillFacts) => {
  const facts = server(drill);
  const standing = hasDrill(facts) ? nextOf(facts, single)?.standing : undefined;
  return standing?.state === "wait" ? standing.pause : undefined;
};
const conclusion = (state: "proven" | "failed" | "undecided", because: unknown, verdicts: unknown = []) => [
  { do: "conclude-drill", id: DRILL, verdict: { state, because, verdicts } },
];
const asks = (number: number) => [{ do: "ask-proof", id: DRILL, instanceId: PROVER, number }];

test("where nothing is under way and nothing is left, nothing is next", () => {
  expect([next(noDrill()), next(noDrill({ record: serving({ endedAt: NOW }) }))]).toEqual([undefined, undefined]);
  expect(hasDrill(server(null))).toBe(false);
});

describe("first the copy is made", () => {
  const begun = (volumes: DrillFacts["volumes"], copyId: string | null = COPY) => noDrill({ record: record({ copyId }), volumes });
  test("of the snapshot", () => expect(next(begun([], null))).toEqual([{ do: "make-copy", id: DRILL, snapshotId: SNAPSHOT }]));
  test("and waited for", () => {
    expect(next(begun([]))).toBe(`EC2 does not show ${COPY}`);
    expect(next(begun([volume({ state: "creating", attachedTo: null })]))).toBe(`${COPY} is creating`);
  });
  test("and given up when EC2 can't", () =>
    expect(next(begun([volume({ state: "error", attachedTo: null })]))).toEqual(conclusion("undecided", `EC2 could not make ${COPY}`)));
});

describe("then its server is made", () => {
  const free = volume({ state: "available", attachedTo: null });
  const made = (but: Partial<DrillRecord>, rest: Partial<DrillFacts> = {}) => noDrill({ record: record({ copyId: COPY, ...but }), volumes: [free], ...rest });
  const launched = (instances: DrillFacts["instances"], rest: Partial<DrillFacts> = {}) =>
    made({ document: COPY_DOCUMENT, instanceId: PROVER, launchedAt: NOW }, { instances, ...rest });

  test("by a document of its own", () => {
    expect(next(made({}))).toEqual([{ do: "write-drill-document", id: DRILL, copyId: COPY, of: desired }]);
    expect(next(made({}), { desired: null })).toBe("nothing is in effect that the server could become");
  });
  test("from the template of the fleet", () => {
    expect(next(made({ document: COPY_DOCUMENT }))).toEqual([{ do: "launch-prover", id: DRILL, template: { name: "steward-demo-node", version: "1" } }]);
    const { group } = server(null);
    expect(next(made({ document: COPY_DOCUMENT }), { group: { ...group, template: null } })).toBe("the group launches from no template that names its version");
  });
  test("and waited for", () => {
    expect(next(launched([]))).toBe(`EC2 does not show ${PROVER}`);
    expect(next(launched([machine({ state: "pending" })]))).toBe(`${PROVER} is pending`);
  });
  test("and gets the copy", () => {
    expect(next(launched([machine()]))).toEqual([{ do: "attach-copy", copyId: COPY, instanceId: PROVER }]);
    expect(next(launched([machine()], { volumes: [volume({ state: "attaching" })] }))).toBe(`${COPY} is attaching`);
    expect(next(launched([machine()], { volumes: [volume({ attachedTo: "i-0f" })] }))).toBe(`${COPY} is in-use`);
  });
  test.each(["shutting-down", "terminated", "stopping", "stopped"])("and is given up when it is %s", (state) => {
    expect(next(launched([machine({ state })]))).toEqual(conclusion("undecided", `${PROVER} is ${state}, and nobody meant that`));
  });
});

describe("then the server becomes what is in effect", () => {
  const at = (receipts: CommandReceipt[] | null, rest: Partial<DrillFacts> = {}) =>
    all({ servedAt: null }, { probe: receipts && { ...probe(receipts), ping: { kind: "refused" } }, ...rest });
  const command = [{ do: "converge-copy", instanceId: PROVER, document: COPY_DOCUMENT.pointer }];
  const running = (minutes: number) => receipt({ outcome: "running", at: ago({ minutes }) });
  const bad = (outcome: "failed" | "refused", because?: string) => Array.from({ length: 3 }, () => receipt({ outcome, because }));

  test("once it says something of itself", () => expect(next(at(null))).toBe("the server says nothing of itself yet"));
  test("by command", () => expect(next(at([receipt({ verb: "restart" })]))).toEqual(command));
  test("in its own time", () => expect(next(at([running(14)]))).toBe(`${PROVER} mounts the copy`));
  test("by another command where it has not said how the last one ended", () => expect(next(at([running(15)]))).toEqual(command));
  test("by another command where one failed", () => expect(next(at(bad("failed").slice(1)))).toEqual(command));
  test("or fails, in its own words", () => {
    expect(next(at(bad("failed", "no mark")))).toEqual(conclusion("failed", "the server could not become what is in effect: no mark"));
    expect(next(at(bad("failed")))).toEqual(conclusion("failed", "the server could not become what is in effect: it gives no reason"));
  });
  test("or refuses, which says nothing of the snapshot", () => {
    expect(next(at(bad("refused", "no secrets")))).toEqual(conclusion("undecided", "the server refused to become what is in effect: no secrets"));
  });
});

describe("then it serves", () => {
  const silent = { ...probe(), ping: { kind: "refused" as const } };
  test("from a moment that is noted", () => expect(next(all({ servedAt: null }))).toEqual([{ do: "note-drill", id: DRILL, note: { servedAt: probe().at } }]));
  test.each([silent, { ...probe(), ping: { kind: "answer" as const, status: 500, ms: 1 } }])("or is waited for", (answer) => {
    expect(next(all({ servedAt: null }, { probe: answer }))).toBe("Package Manager does not answer yet");
  });
  test("or fails, when it never does", () => {
    const late = all({ servedAt: null, startedAt: ago({ hours: 2 }) }, { probe: silent });
    expect(next(late)).toEqual(conclusion("failed", "no verdict within 2 hours: Package Manager does not answer on the copy"));
  });
  test("unless its licence does not allow it", () => {
    expect(next(all({ servedAt: null, document: { ...COPY_DOCUMENT, starts: false } }, { probe: silent }))).toEqual(asks(1));
  });
});

describe("then it is asked what is on the copy", () => {
  const asked = (minutes: number, number = 1) => ({ number, at: ago({ minutes }), commandId: "c" });
  const said = (but: Partial<ProofReport> = {}) => ({ kind: "report" as const, report: proofOf({ at: ago({ seconds: 10 }), ...but }) });
  const silent = { ping: { kind: "refused" as const } };

  test("once, and waited for", () => {
    expect(next(all())).toEqual(asks(1));
    expect(next(all({ asked: asked(19) }, { proof: { kind: "running" } }))).toBe(`${PROVER} looks at the copy`);
    expect(pause(all({ asked: asked(19) }, { proof: { kind: "running" } }))).toEqual({ seconds: 30 });
  });
  test("again where no answer came", () => {
    expect(next(all({ asked: asked(20) }, { proof: { kind: "running" } }))).toEqual(asks(2));
    expect(next(all({ asked: asked(2) }, { proof: { kind: "unknown", because: "cut off" } }))).toEqual(asks(2));
    expect(next(all({ asked: asked(0) }, { proof: { kind: "unknown", because: "cut off" } }))).toBe(`${PROVER} is asked again soon`);
  });
  test("again a minute after an answer that was not whole", () => {
    expect(next(all({ asked: asked(5) }, { proof: said(silent) }))).toBe(`${PROVER} is asked again soon`);
    expect(next(all({ asked: asked(5) }, { proof: said({ ...silent, at: ago({ minutes: 1 }) }) }))).toEqual(asks(2));
  });
  test("and its answer is the verdict", () => {
    expect(next(all({ asked: asked(5) }, { proof: said() }))).toEqual(
      conclusion("proven", `${SNAPSHOT} was restored`, expect.arrayContaining(["Package Manager answers"])),
    );
    expect(next(all({ asked: asked(5) }, { proof: said({ databases: [] }) }))).toEqual(
      conclusion("failed", "there is no database on it", expect.arrayContaining(["Package Manager answers"])),
    );
  });
  test("which is no good when it is never whole", () => {
    const late = all({ asked: asked(5), startedAt: ago({ hours: 2 }) }, { proof: said({ ...silent, at: ago({ minutes: 1 }) }) });
    expect(next(late)).toEqual(conclusion("failed", "no verdict within 2 hours: Package Manager does not answer", expect.any(Array)));
  });
  test("for which it has its time, even beyond the two hours", () => {
    const late = (minutes: number) => all({ asked: asked(minutes), startedAt: ago({ hours: 2 }) }, { proof: { kind: "running" } });
    expect(next(late(19))).toBe(`${PROVER} looks at the copy`);
    expect(next(late(20))).toEqual(conclusion("undecided", "no verdict within 2 hours: the server says what is on the copy: the server is asked"));
  });
});

describe("a drill is given up", () => {
  const failed = Array.from({ length: 5 }, (_, index) =>
    attempt({ runbook: "prove-restore", outcome: "failed", because: `no capacity ${index}`, startedAt: ago({ minutes: 4 }) }),
  );
  test("when it has failed five times since it began", () => {
    expect(next(noDrill({ record: record() }), { attempts: failed })).toEqual(
      conclusion("undecided", '"a volume is made of the snapshot" failed 5 times, the last time: no capacity 4'),
    );
  });
  test.each([
    ["fewer times", failed.slice(1)],
    ["before it began", failed.map((one) => ({ ...one, startedAt: ago({ minutes: 6 }) }))],
    ["another runbook", failed.map((one) => ({ ...one, runbook: "take-snapshots" }))],
    ["and did not fail", failed.map((one) => ({ ...one, outcome: "refused" as const }))],
  ])("not for %s", (_what, attempts) => {
    expect(next(noDrill({ record: record() }), { attempts })).toEqual([expect.objectContaining({ do: "make-copy" })]);
  });
  test("after two hours, whatever it is at", () => {
    expect(next(noDrill({ record: record({ startedAt: ago({ hours: 2 }), copyId: COPY }) }))).toEqual(
      conclusion("undecided", `no verdict within 2 hours: a volume is made of the snapshot: EC2 does not show ${COPY}`),
    );
  });
});

describe("after the verdict", () => {
  const decided = (but: Partial<DrillRecord> = {}, rest: Partial<DrillFacts> = {}) =>
    all({ state: "proven", decidedAt: ago({ minutes: 30 }), asked: { number: 1, at: ago({ minutes: 35 }), commandId: "c" }, ...but }, rest);
  const said = (loaded: Partial<ProofReport["loaded"]>, at = ago({ minutes: 5 })) => ({
    proof: { kind: "report" as const, report: proofOf({ at, loaded: { state: "running", since: ago({ hours: 1 }), until: null, ...loaded } }) },
  });
  const removal = [{ do: "remove-drill", instanceIds: [PROVER], volumeIds: [COPY] }];

  test("the volume is read to its end, and the server asked now and then", () => {
    expect(next(decided({}, said({})))).toBe("the copy is being read to its end");
    expect(pause(decided({}, said({})))).toEqual({ minutes: 15 });
    expect(next(decided({}, said({}, ago({ minutes: 15 }))))).toEqual(asks(2));
  });
  test("the end of that is noted", () => {
    expect(next(decided({}, said({ state: "done", until: ago({ minutes: 9 }) })))).toEqual([
      { do: "note-drill", id: DRILL, note: { loadedAt: ago({ minutes: 9 }) } },
    ]);
    expect(next(decided({}, said({ state: "done" })))).toEqual([{ do: "note-drill", id: DRILL, note: { loadedAt: ago({ minutes: 5 }) } }]);
  });
  test.each<[string, DrillFacts]>([
    ["it is read", decided({ loadedAt: NOW })],
    ["it can't be read", decided({}, said({ state: "failed" }))],
    ["it takes too long", decided({ decidedAt: ago({ hours: 6 }) }, said({}))],
    ["it is not proven", decided({ state: "failed" })],
    ["it came to nothing", decided({ state: "undecided" })],
  ])("all is removed when %s", (_what, drill) => {
    expect(next(drill)).toEqual(removal);
  });
  test("nobody waits for a server that has ended, or where nobody says how long", () => {
    expect(next(decided({}, { instances: [machine({ state: "terminated" })] }))).toEqual([{ ...removal[0], instanceIds: [] }]);
    expect(next(decided(), {}, { ...single, keeping: defaultPolicy.keeping })).toEqual(removal);
  });
  test("all that carries its name is removed, noted or not", () => {
    const more = { instances: [machine(), machine({ id: "i-0f" })], volumes: [volume(), volume({ id: "vol-0f", state: "available", attachedTo: null })] };
    expect(next(decided({ loadedAt: NOW }, more))).toEqual([{ do: "remove-drill", instanceIds: [PROVER, "i-0f"], volumeIds: [COPY, "vol-0f"] }]);
  });
  test("it is over when nothing is left", () => {
    expect(next(decided({ loadedAt: NOW }, { instances: [machine({ state: "terminated" })], volumes: [] }))).toEqual([
      { do: "note-drill", id: DRILL, note: { endedAt: NOW } },
    ]);
    expect(next(decided({ loadedAt: NOW, endedAt: hence({}) }, { instances: [], volumes: [] }))).toBeUndefined();
  });
});

describe("what an earlier drill left", () => {
  const other = { drillId: "20260101t000000" };
  test("goes before anything else", () => {
    const drill = all({}, { instances: [machine(), machine({ id: "i-0f", ...other })], volumes: [volume(), volume({ id: "vol-0f", ...other })] });
    expect(next(drill)).toEqual([{ do: "remove-drill", instanceIds: ["i-0f"], volumeIds: ["vol-0f"] }]);
  });
  test("is everything where no drill is under way, and what bears no drill's name", () => {
    expect(leftovers(noDrill({ instances: [machine()], volumes: [volume({ drillId: null })] }))).toEqual({ instanceIds: [PROVER], volumeIds: [COPY] });
    expect(leftovers(all({ endedAt: NOW }))).toEqual({ instanceIds: [PROVER], volumeIds: [COPY] });
    expect(leftovers(all({}, { volumes: [volume({ drillId: null })] }))).toEqual({ instanceIds: [], volumeIds: [COPY] });
  });
  test("is nothing that has ended", () => {
    expect(leftovers(noDrill({ instances: [machine({ state: "terminated" })] }))).toEqual({ instanceIds: [], volumeIds: [] });
  });
});

describe("a stage by itself", () => {
  const nothing = {
    record: record(),
    at: NOW,
    instance: undefined,
    copy: undefined,
    made: { instanceIds: [], volumeIds: [] },
    probe: null,
    proof: { kind: "not-asked" as const },
    desired,
    template: null,
    failures: [],
    loadWithin: {},
  };
  test("waits for what it needs and can't see", () => {
    const [, document, , attach, converge, , proof] = PROVING.map(({ stand }) => stand(nothing));
    const blind = [
      document,
      attach,
      converge,
      proof,
      PROVING[4]?.stand({ ...nothing, probe: probe([]), instance: machine() }),
      PROVING[3]?.stand({ ...nothing, copy: volume() }),
      PROVING[3]?.stand({ ...nothing, instance: machine() }),
    ];
    expect(blind.map((standing) => standing?.state)).toEqual(Array.from({ length: 7 }, () => "wait"));
  });
  test("that is given up with an answer says what speaks against it", () => {
    const late = all(
      { asked: { number: 2, at: ago({ minutes: 5 }), commandId: "c" }, startedAt: ago({ hours: 2 }) },
      { proof: { kind: "report", report: proofOf({ at: ago({ minutes: 2 }), ping: { kind: "refused" } }) } },
    );
    expect(next(late)).toEqual(conclusion("failed", expect.stringContaining("does not answer"), expect.any(Array)));
  });
});
