import type { DrillRecord } from "@steward/core/proof/drill-record";
import type { DrillFacts } from "@steward/core/proof/facts";
import type { Step } from "@steward/core/runbooks/steps";
import { describe, expect, test } from "vitest";
import { ago, desired, NOW, report } from "../builders.ts";
import { COPY, COPY_DOCUMENT, DRILL, machine, PROVER, record, SNAPSHOT, serving, volume } from "../proof/builders.ts";
import { noDrill } from "../proof/lab.ts";
import { done, due, impossible, judge, KEY, pending } from "./judge.ts";

const because = "";
const of = (step: Step, drill: DrillFacts | null, applied = false) => judge(step, undefined, { drill, applied });
const with_ = (on: DrillRecord | null, rest: Partial<DrillFacts> = {}) => noDrill({ record: on, ...rest });
const NOBODY = pending("nobody has asked how far the drill is");

describe("beginning a drill", () => {
  const step: Step = { do: "begin-drill", id: DRILL, snapshotId: null, volumeId: null, because };
  test.each([
    ["nobody has looked", null, NOBODY],
    ["none ever was", with_(null), due],
    ["the last one is over", with_(record({ id: "other", endedAt: NOW })), due],
    ["it is on the ledger", with_(record()), done],
    ["another is under way", with_(record({ id: "other" })), impossible("the drill other is under way")],
  ])("where %s", (_what, drill, expected) => {
    expect(of(step, drill)).toEqual(expected);
  });
});

describe("what is noted on the ledger", () => {
  test.each<[Step, DrillRecord]>([
    [{ do: "make-copy", id: DRILL, snapshotId: SNAPSHOT, because }, record({ copyId: COPY })],
    [{ do: "write-drill-document", id: DRILL, copyId: COPY, of: desired, because }, record({ document: COPY_DOCUMENT })],
    [{ do: "launch-prover", id: DRILL, copyId: COPY, template: { name: "t", version: "1" }, because }, record({ instanceId: PROVER })],
    [{ do: "note-drill", id: DRILL, note: { servedAt: NOW }, because }, record({ servedAt: ago({ minutes: 1 }) })],
    [{ do: "ask-proof", id: DRILL, instanceId: PROVER, number: 1, because }, record({ asked: { number: 1, at: NOW, commandId: "c" } })],
    [{ do: "ask-count", id: DRILL, instanceId: PROVER, number: 2, because }, record({ counted: { number: 2, at: NOW, commandId: "c", instanceId: PROVER } })],
    [{ do: "mark-proof", id: DRILL, snapshotId: SNAPSHOT, because }, record({ markedAt: NOW })],
    [{ do: "conclude-drill", id: DRILL, verdict: { state: "failed", because, verdicts: [] }, because }, record({ state: "proven" })],
  ])("is done: %o", (step, noted) => {
    expect(of(step, with_(noted))).toEqual(done);
    expect(of(step, with_(record()))).toEqual(due);
    expect(of(step, null)).toEqual(NOBODY);
    expect(of(step, with_({ ...noted, id: "other" }))).toEqual(impossible(`${DRILL} is not the newest drill any more`));
    expect(of(step, with_(null))).toEqual(impossible(`${DRILL} is not the newest drill any more`));
  });

  test("is not done by an earlier question", () => {
    const asked = { number: 1, at: NOW, commandId: "c" };
    expect(of({ do: "ask-proof", id: DRILL, instanceId: PROVER, number: 2, because }, with_(serving({ asked })))).toEqual(due);
  });
});

describe("attaching the copy", () => {
  const step: Step = { do: "attach-copy", copyId: COPY, instanceId: PROVER, because };
  test.each([
    ["nobody has looked", null, pending(`EC2 does not show ${COPY}`)],
    ["EC2 does not show it", noDrill(), pending(`EC2 does not show ${COPY}`)],
    ["nobody has it", noDrill({ volumes: [volume({ state: "available", attachedTo: null })] }), due],
    ["it is on its way", noDrill({ volumes: [volume({ state: "attaching" })] }), pending(`${COPY} is attaching`)],
    ["the server has it", noDrill({ volumes: [volume()] }), done],
    ["another has it", noDrill({ volumes: [volume({ attachedTo: "i-0f" })] }), pending(`${COPY} is in-use`)],
  ])("where %s", (_what, drill, expected) => {
    expect(of(step, drill)).toEqual(expected);
  });
});

describe("converging on the copy", () => {
  const step: Step = { do: "converge-copy", instanceId: PROVER, document: COPY_DOCUMENT.pointer, start: false, because };
  const said = (key: string, outcome: "running" | "done" | "failed", why?: string) =>
    noDrill({ probe: report({ receipts: [{ key, verb: "converge", epoch: 1, at: NOW, outcome, ...(why && { because: why }) }] }) });
  test("is due until the command was given, and then waits for the node's word", () => {
    expect([of(step, null), of(step, noDrill()), of(step, said("other", "done"))]).toEqual([due, due, due]);
    expect(of(step, noDrill(), true)).toEqual(pending(`${PROVER} has not heard of it yet`));
  });
  test("is done once the node says how it ended, however that was: the drill goes on with it", () => {
    expect(of(step, said(KEY, "running"))).toEqual(pending(`${PROVER} is at it`));
    expect([of(step, said(KEY, "done")), of(step, said(KEY, "failed", "no mark"))]).toEqual([done, done]);
  });
});

describe("removing a drill", () => {
  const step: Step = { do: "remove-drill", instanceIds: [PROVER], volumeIds: [COPY], because };
  const left = (state: string | null, copy: string | null) =>
    noDrill({
      instances: state ? [machine({ state }), machine({ id: "i-0f" })] : [],
      volumes: copy ? [volume({ state: copy }), volume({ id: "vol-0f" })] : [],
    });
  test.each([
    ["nobody has looked", null, NOBODY],
    ["the server runs", left("running", "in-use"), due],
    ["the server ends", left("shutting-down", "in-use"), pending(`${PROVER} is shutting-down, ${COPY} is in-use`)],
    ["the volume is free", left("terminated", "available"), due],
    ["the volume never came to be", left("terminated", "error"), due],
    ["nothing of it is left", left("terminated", null), done],
  ])("where %s", (_what, drill, expected) => {
    expect(of(step, drill)).toEqual(expected);
  });
});
