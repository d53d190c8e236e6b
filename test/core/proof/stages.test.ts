import type { FleetFacts } from "@steward/core/fleet/facts";
import { defaultPolicy } from "@steward/core/fleet/policy";
import type { CommandReceipt } from "@steward/core/fleet/probe";
import type { ProofReport } from "@steward/core/fleet/proof-report";
import type { DrillRecord } from "@steward/core/proof/drill-record";
import type { DrillFacts } from "@steward/core/proof/facts";
import { hasDrill, leftovers, nextOf } from "@steward/core/proof/next";
import { TO_VERDICT } from "@steward/core/proof/stages";
import { describe, expect, test } from "vitest";
import { ago, attempt, desired, FIRST, hence, NOW, report } from "../builders.ts";
import {
  COPY,
  COPY_DOCUMENT,
  counts,
  DRILL,
  dataOf,
  machine,
  PROVER,
  proofOf,
  record,
  SNAPSHOT,
  server,
  serving,
  single,
  untouched,
  volume,
} from "./builders.ts";
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

describe("first the fleet's server counts", () => {
  const asks = (number: number) => [{ do: "ask-count", id: DRILL, instanceId: FIRST, number }];
  const counting = (minutes: number | null, count: DrillFacts["count"] = { kind: "not-asked" }, number = 1) =>
    noDrill({ record: record({ fleet: null, counted: minutes === null ? null : { number, at: ago({ minutes }), commandId: "c", instanceId: FIRST } }), count });
  const unknown = { kind: "unknown" as const, because: "exit code 2" };
  test("when it is asked", () => expect(next(counting(null))).toEqual(asks(1)));
  test("and is waited for", () => {
    expect(next(counting(4, { kind: "running" }))).toBe(`${FIRST} counts`);
    expect(next(counting(0, unknown))).toBe(`${FIRST} counts`);
  });
  test("and is asked again", () => {
    expect(next(counting(5, { kind: "running" }))).toEqual(asks(2));
    expect(next(counting(1, unknown))).toEqual(asks(2));
  });
  test("and what it says is noted", () => {
    const report = { count: 1 as const, instanceId: FIRST, at: NOW, ...counts(), end: "end-of-report" as const };
    expect(next(counting(1, { kind: "report", report }))).toEqual([{ do: "note-drill", id: DRILL, note: { fleet: counts() } }]);
  });
  test("or nothing is begun", () => {
    expect(next(counting(1, unknown, 3))).toEqual(conclusion("undecided", "the fleet's server does not say how much it has: exit code 2"));
    expect(next(counting(9, { kind: "running" }, 3))).toEqual(conclusion("undecided", "the fleet's server does not say how much it has: no answer"));
  });
  test("or is waited for, where none is in service", () => expect(next(counting(null), { nodes: [] })).toBe("no server of the fleet is in service"));
});

describe("then the copy is made", () => {
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
    expect(next(made({ document: COPY_DOCUMENT }))).toEqual([
      { do: "launch-prover", id: DRILL, copyId: COPY, template: { name: "steward-demo-node", version: "1" } },
    ]);
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

describe("then the server mounts the copy", () => {
  const mounting = (receipts: CommandReceipt[] | null, but: Partial<DrillRecord> = {}, rest: Partial<DrillFacts> = {}) =>
    all({ look: null, servedAt: null, ...but }, { probe: receipts && { ...probe(receipts), ping: { kind: "refused" } }, ...rest });
  const command = [{ do: "converge-copy", instanceId: PROVER, document: COPY_DOCUMENT.pointer, start: false }];
  const running = (minutes: number) => receipt({ outcome: "running", at: ago({ minutes }) });
  const bad = (outcome: "failed" | "refused", because?: string) => Array.from({ length: 3 }, () => receipt({ outcome, because }));
  const asked = { number: 1, at: ago({ minutes: 1 }), commandId: "c" };
  const said = (but: Partial<ProofReport> = {}) => ({ proof: { kind: "report" as const, report: untouched({ volume: null, data: null, ...but }) } });
  const could = "the server could not become what is in effect";

  test("once it says something of itself", () => expect(next(mounting(null))).toBe("the server says nothing of itself yet"));
  test("by command", () => expect(next(mounting([receipt({ verb: "restart" })]))).toEqual(command));
  test("in its own time", () => expect(next(mounting([running(14)]))).toBe(`${PROVER} is at it`));
  test("by another command where it has not said how the last one ended", () => expect(next(mounting([running(15)]))).toEqual(command));
  test("by another command where one failed", () => expect(next(mounting(bad("failed").slice(1)))).toEqual(command));
  test("by others where it was slow only", () => {
    expect(next(mounting(bad("failed", "data volume: mount ended with exit code 124")))).toEqual(command);
  });
  test("or is asked what is on the copy, when it failed three times", () => {
    expect(next(mounting(bad("failed", "no mark")))).toEqual(asks(1));
    expect(next(mounting(bad("failed", "no mark"), { asked: { ...asked, at: ago({ minutes: 3 }) } }, said()))).toEqual(asks(2));
    expect(next(mounting(bad("failed", "no mark"), { asked }, { proof: { kind: "running" } }))).toBe(`${PROVER} looks at the copy`);
  });
  test("or fails, by what is damaged on it", () => {
    const broken = dataOf({ databases: [] });
    expect(next(mounting(bad("failed", "no secrets"), { asked }, said({ volume: COPY, data: broken })))).toEqual(
      conclusion("failed", `there is no database on it; ${could}: no secrets`, expect.any(Array)),
    );
  });
  test.each([
    "data volume: mount ended with exit code 32",
    "data volume: it bears no mark of a stage",
    "encryption key: /var/lib/rstudio-pm/rstudio-pm.key holds another key than the vault",
  ])("or fails, in its own words, where these are of the volume: %s", (because) => {
    expect(next(mounting(bad("failed", because), { asked }, said()))).toEqual(conclusion("failed", `${could}: ${because}`, undefined));
  });
  test("or says nothing of the snapshot, for a reason that is none of the volume's", () => {
    expect(next(mounting(bad("failed", "no secrets"), { asked }, said({ volume: COPY, data: dataOf() })))).toEqual(
      conclusion("undecided", `${could}: no secrets`, expect.any(Array)),
    );
    expect(next(mounting(bad("failed"), { asked }, { proof: { kind: "unknown", because: "cut off" } }))).toEqual(
      conclusion("undecided", `${could}: it gives no reason`, undefined),
    );
    expect(next(mounting(bad("refused", "data volume: it bears no mark"), { asked }, said()))).toEqual(
      conclusion("undecided", "the server refused to become what is in effect: data volume: it bears no mark", undefined),
    );
  });
});

describe("then what was restored is looked at", () => {
  const looking = (proof: DrillFacts["proof"], but: Partial<DrillRecord> = {}) =>
    all({ look: null, servedAt: null, asked: { number: 1, at: ago({ minutes: 5 }), commandId: "c" }, ...but }, { proof });
  const said = (but: Partial<ProofReport> = {}) => ({ kind: "report" as const, report: untouched({ at: ago({ seconds: 10 }), ...but }) });

  test("when the server is asked", () => expect(next(looking({ kind: "not-asked" }, { asked: null }))).toEqual(asks(1)));
  test("and is noted where it is well", () => {
    expect(next(looking(said()))).toEqual([{ do: "note-drill", id: DRILL, note: { look: { ...dataOf(), at: ago({ seconds: 10 }) } } }]);
  });
  test("and asked again after a while where not all was seen", () => {
    const unseen = { data: dataOf({ storedFiles: null }) };
    expect(next(looking(said(unseen)))).toBe(`${PROVER} is asked again soon`);
    expect(pause(looking(said(unseen)))).toEqual({ minutes: 5 });
    expect(next(looking(said({ ...unseen, at: ago({ minutes: 5 }) })))).toEqual(asks(2));
  });
  test("and fails where it is not", () => {
    expect(next(looking(said({ data: dataOf({ databases: [] }) })))).toEqual(conclusion("failed", "there is no database on it", expect.any(Array)));
  });
  test("and decides nothing where it is less than the fleet has", () => {
    expect(next(looking(said({ data: dataOf({ storedFiles: 1 }) })))).toEqual(
      conclusion("undecided", "1 packages are stored, and 12 at the fleet", expect.any(Array)),
    );
  });
});

describe("then Package Manager is started, and serves", () => {
  const silent = { ...probe(), ping: { kind: "refused" as const } };
  const starting = (receipts: CommandReceipt[], but: Partial<DrillRecord> = {}, rest: Partial<DrillFacts> = {}) =>
    all({ servedAt: null, ...but }, { probe: { ...silent, receipts }, ...rest });
  const before = receipt({ at: ago({ minutes: 4 }) });
  const ended = (because: string) => [before, ...Array.from({ length: 3 }, () => receipt({ outcome: "failed", because }))];
  const asked = { number: 2, at: ago({ minutes: 1 }), commandId: "c" };
  const said = (but: Partial<ProofReport> = {}) => ({
    proof: { kind: "report" as const, report: proofOf({ service: { state: "failed", since: null }, ...but }) },
  });
  const FAILED = "the service has failed before /__ping__ answered 200";

  test("by a command of its own, after the look", () => {
    expect(next(starting([before]))).toEqual([{ do: "converge-copy", instanceId: PROVER, document: COPY_DOCUMENT.pointer, start: true }]);
    expect(next(starting([before, receipt()]))).toBe("Package Manager does not answer yet");
  });
  test("and fails where it ends by itself, with its licence in force", () => {
    const because = `the server could not become what is in effect: ${FAILED}`;
    expect(next(starting(ended(FAILED), { asked }, said()))).toEqual(conclusion("failed", because, undefined));
    expect(next(starting(ended(FAILED), { asked }, said({ licenseStatus: "Expired" })))).toEqual(conclusion("undecided", because, undefined));
    expect(next(starting(ended(FAILED), { asked }, { proof: { kind: "unknown", because: "cut off" } }))).toEqual(conclusion("undecided", because, undefined));
  });
  test("however long a slow copy takes", () => {
    expect(next(starting(ended("/__ping__ did not answer 200 within 300 s: timeout"), { asked }, said()))).toEqual([
      expect.objectContaining({ do: "converge-copy", start: true }),
    ]);
  });
  test("from a moment that is noted", () => expect(next(all({ servedAt: null }))).toEqual([{ do: "note-drill", id: DRILL, note: { servedAt: probe().at } }]));
  test.each([silent, { ...probe(), ping: { kind: "answer" as const, status: 500, ms: 1 } }])("or is waited for", (answer) => {
    expect(next(all({ servedAt: null }, { probe: answer }))).toBe("Package Manager does not answer yet");
  });
  test("or decides nothing, when it never does", () => {
    const late = all({ servedAt: null, startedAt: ago({ hours: 4 }) }, { probe: silent });
    expect(next(late)).toEqual(conclusion("undecided", "no verdict within 4 hours: Package Manager serves from the copy: Package Manager does not answer yet"));
  });
  test("unless its licence does not allow it", () => {
    expect(next(all({ servedAt: null, document: { ...COPY_DOCUMENT, starts: false } }, { probe: silent }))).toEqual(asks(1));
  });
});

describe("then it is asked how it serves", () => {
  const asked = (minutes: number, number = 1) => ({ number, at: ago({ minutes }), commandId: "c" });
  const said = (but: Partial<ProofReport> = {}) => ({ kind: "report" as const, report: proofOf({ at: ago({ seconds: 10 }), ...but }) });
  const silent = { ping: { kind: "refused" as const } };

  test("once, and waited for", () => {
    expect(next(all())).toEqual(asks(1));
    expect(next(all({ asked: asked(19) }, { proof: { kind: "running" } }))).toBe(`${PROVER} looks at the copy`);
    expect(pause(all({ asked: asked(19) }, { proof: { kind: "running" } }))).toEqual({ seconds: 30 });
  });
  test("again where what it said is from before its start", () => {
    expect(next(all({ asked: asked(3) }, { proof: said({ at: ago({ minutes: 3 }) }) }))).toEqual(asks(2));
  });
  test("again where no answer came", () => {
    expect(next(all({ asked: asked(20) }, { proof: { kind: "running" } }))).toEqual(asks(2));
    expect(next(all({ asked: asked(2) }, { proof: { kind: "unknown", because: "cut off" } }))).toEqual(asks(2));
    expect(next(all({ asked: asked(0) }, { proof: { kind: "unknown", because: "cut off" } }))).toBe(`${PROVER} is asked again soon`);
  });
  test("again a minute after an answer that was not whole", () => {
    const served = { servedAt: ago({ minutes: 2 }) };
    expect(next(all({ ...served, asked: asked(5) }, { proof: said(silent) }))).toBe(`${PROVER} is asked again soon`);
    expect(next(all({ ...served, asked: asked(5) }, { proof: said({ ...silent, at: ago({ minutes: 1 }) }) }))).toEqual(asks(2));
  });
  test("and its answer is the verdict", () => {
    expect(next(all({ asked: asked(5) }, { proof: said() }))).toEqual(
      conclusion("proven", `${SNAPSHOT} was restored`, expect.arrayContaining(["Package Manager answers"])),
    );
    expect(next(all({ asked: asked(5) }, { proof: said({ repositories: 0 }) }))).toEqual(
      conclusion("failed", "0 repositories, and 2 at the fleet", expect.arrayContaining(["Package Manager answers"])),
    );
    expect(next(all({ asked: asked(5) }, { proof: said({ version: null }) }))).toEqual(conclusion("undecided", expect.any(String), expect.any(Array)));
  });
  test("or, where it may not start, what it said already", () => {
    const only = all({ servedAt: null, document: { ...COPY_DOCUMENT, starts: false }, asked: asked(4) }, { proof: { kind: "report", report: untouched() } });
    expect(next(only)).toEqual(conclusion("proven", `${SNAPSHOT} was restored, data only: Package Manager was not started`, expect.any(Array)));
  });
  test("which is no good when it answers, and never hands out what it has", () => {
    const late = (but: Partial<ProofReport>) =>
      all({ asked: asked(5), servedAt: ago({ minutes: 9 }), startedAt: ago({ hours: 4 }) }, { proof: said({ at: ago({ minutes: 1 }), ...but }) });
    const metadata = { repository: "cran", path: "/", status: 502, bytes: 0, ms: 1 };
    expect(next(late({ metadata }))).toEqual(conclusion("failed", "no verdict within 4 hours: the index of cran: status 502", expect.any(Array)));
    expect(next(late(silent))).toEqual(conclusion("undecided", "no verdict within 4 hours: Package Manager does not answer", expect.any(Array)));
  });
  test("for which it has its time, even beyond the four hours", () => {
    const late = (minutes: number) => all({ asked: asked(minutes), startedAt: ago({ hours: 4 }) }, { proof: { kind: "running" } });
    expect(next(late(19))).toBe(`${PROVER} looks at the copy`);
    expect(next(late(20))).toEqual(conclusion("undecided", "no verdict within 4 hours: the server says how it serves: the server is asked"));
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
  test("after four hours, whatever it is at", () => {
    expect(next(noDrill({ record: record({ startedAt: ago({ hours: 4 }), copyId: COPY }) }))).toEqual(
      conclusion("undecided", `no verdict within 4 hours: a volume is made of the snapshot: EC2 does not show ${COPY}`),
    );
  });
});

describe("after the verdict", () => {
  const decided = (but: Partial<DrillRecord> = {}, rest: Partial<DrillFacts> = {}) =>
    all(
      {
        state: "proven",
        decidedAt: ago({ minutes: 30 }),
        markedAt: ago({ minutes: 30 }),
        asked: { number: 1, at: ago({ minutes: 35 }), commandId: "c" },
        ...but,
      },
      rest,
    );
  const said = (loaded: Partial<ProofReport["loaded"]>, at = ago({ minutes: 5 })) => ({
    proof: { kind: "report" as const, report: proofOf({ at, loaded: { state: "running", since: ago({ hours: 1 }), until: null, ...loaded } }) },
  });
  const removal = [{ do: "remove-drill", instanceIds: [PROVER], volumeIds: [COPY] }];

  const mark = [{ do: "mark-proof", id: DRILL, snapshotId: SNAPSHOT }];
  const failures = (count: number) => ({
    attempts: Array.from({ length: count }, () => attempt({ runbook: "prove-restore", outcome: "failed", startedAt: ago({ minutes: 4 }) })),
  });
  const began = { startedAt: ago({ hours: 1 }) };

  test("it is put onto the snapshot, or the drill goes on without", () => {
    const owing = decided({ ...began, markedAt: null, loadedAt: NOW });
    expect([next(owing), next(owing, failures(2))]).toEqual([mark, mark]);
    expect(next(owing, failures(3))).toEqual(removal);
    expect(next(decided({ ...began, markedAt: null, decidedAt: null, state: "undecided" }), failures(1))).toEqual(removal);
  });
  test("which is made up for when the drill is over, unless it failed lately", () => {
    const over = (but: Partial<DrillRecord> = {}) => noDrill({ record: serving({ state: "failed", decidedAt: NOW, endedAt: NOW, ...but }) });
    expect(next(over())).toEqual(mark);
    expect(next(over(), failures(1))).toBeUndefined();
    expect(next(over(), { attempts: [attempt({ runbook: "prove-restore", outcome: "failed", startedAt: ago({ hours: 1 }) })] })).toEqual(mark);
    expect([next(over({ markedAt: NOW })), next(over({ state: "undecided" }))]).toEqual([undefined, undefined]);
  });
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
    server: undefined,
    count: { kind: "not-asked" as const },
    copy: undefined,
    made: { instanceIds: [], volumeIds: [] },
    probe: null,
    proof: { kind: "not-asked" as const },
    desired,
    template: null,
    failures: [],
    failuresSinceVerdict: 0,
    loadWithin: {},
  };
  test("waits for what it needs and can't see", () => {
    const [, , document, , attach, mount, look, start, , proof] = TO_VERDICT.map(({ stand }) => stand);
    const bare = { ...nothing, probe: probe([]), instance: machine() };
    const blind = [
      document?.(nothing),
      attach?.(nothing),
      mount?.(nothing),
      look?.(nothing),
      proof?.(nothing),
      mount?.(bare),
      start?.({ ...bare, record: record({ document: COPY_DOCUMENT }) }),
      attach?.({ ...nothing, copy: volume() }),
      attach?.({ ...nothing, instance: machine() }),
    ];
    expect(blind.map((standing) => standing?.state)).toEqual(Array.from({ length: 9 }, () => "wait"));
  });
});
