import { DEADLINES, progressOf } from "@steward/core/apply/progress";
import type { FleetFacts } from "@steward/core/fleet/facts";
import type { Step } from "@steward/core/runbooks/steps";
import { describe, expect, test } from "vitest";
import { desired, FIRST, NOW, node, policy, SECOND } from "../builders.ts";
import { aServer, FORMER, former, MARKED, made, RESTORED, record, restoring, SNAPSHOT, swapped, volume } from "./builders.ts";

const id = record().id;
const because = "a test";
const progress = (step: Step, facts: FleetFacts, applied = false) => progressOf(step, facts, { key: "k", applied, policy: policy() });
const begin: Step = { do: "begin-restore", id, plan: "p", from: { kind: "snapshot", snapshotId: SNAPSHOT }, formerId: FORMER, after: 2, because };
const mark: Step = { do: "mark-volumes", id, volumeId: RESTORED, kept: [FORMER], because };
const end: Step = { do: "end-server", instanceId: FIRST, because };
const unseen = aServer({ restore: null });

test("a beginning is done when the ledger has it, and can't be where it has another word on another", () => {
  expect(progress(begin, restoring())).toEqual({ kind: "done" });
  expect(progress(begin, restoring({ id: "other" }))).toEqual({ kind: "due" });
  expect(progress({ ...begin, after: 0 }, aServer())).toEqual({ kind: "due" });
  expect(progress(begin, restoring({ id: "other", revision: 3 }))).toMatchObject({ kind: "impossible" });
  expect(progress(begin, unseen)).toMatchObject({ kind: "pending" });
});

describe("what the record says is done", () => {
  const of = { ...desired, dataVolume: FORMER };
  test.each<[Step, Parameters<typeof restoring>[0], Parameters<typeof restoring>[0]]>([
    [{ do: "make-restore-volume", id, snapshotId: SNAPSHOT, like: null, because }, {}, { volumeId: null }],
    [{ do: "write-restore-document", id, volumeId: RESTORED, of, because }, { desired: { ...of, revision: of.revision + 1 } }, { desired: of }],
    [{ do: "note-restored", id, restoredAt: NOW, because }, { state: "restored" }, {}],
    [{ do: "confirm-restore", id, kept: [], because }, { state: "confirmed" }, { state: "restored" }],
  ])("$0.do", (step, done, due) => {
    expect(progress(step, restoring(done))).toEqual({ kind: "done" });
    expect(progress(step, restoring(due))).toEqual({ kind: "due" });
    expect(progress(step, restoring({ id: "other" }))).toMatchObject({ kind: "impossible" });
    expect(progress(step, unseen)).toMatchObject({ kind: "pending" });
    expect(DEADLINES[step.do]).toBeDefined();
  });
});

test("volumes are marked when EC2 shows it", () => {
  expect(progress(mark, restoring({}, swapped, MARKED))).toEqual({ kind: "done" });
  expect(progress(mark, restoring({}, swapped))).toEqual({ kind: "due" });
  expect(progress(mark, restoring({}, swapped), true)).toMatchObject({ kind: "pending" });
});

test("a server is ended when its group lets it go; one that has left the group can't be ended through it", () => {
  expect(progress(end, restoring())).toEqual({ kind: "due" });
  expect(progress(end, restoring(), true)).toEqual({ kind: "pending", because: `${FIRST} is leaving` });
  for (const nodes of [[], [node({ lifecycle: null, ec2: "terminated" })], [node({ ec2: "shutting-down" })], [node({ lifecycle: "Terminating:Wait" })]])
    expect(progress(end, restoring({}, { nodes }))).toEqual({ kind: "done" });
  expect(progress(end, restoring({}, { nodes: [node({ lifecycle: null })] }))).toMatchObject({ kind: "impossible" });
});

describe("a server gets the restored volume", () => {
  const attach: Step = { do: "attach-volume", volumeId: RESTORED, instanceId: SECOND, because };
  const next = node({ instanceId: SECOND, lifecycle: "Pending:Wait", target: null });

  test("only once the former server has let go of its own", () => {
    const facts = (volumes: Parameters<typeof restoring>[2]) => restoring({}, { ...swapped, nodes: [next] }, volumes);
    expect(progress(attach, facts([former(), made()]))).toEqual({ kind: "pending", because: `${FORMER} is in-use with ${FIRST}: it is not free` });
    expect(progress(attach, facts([volume(), made()]))).toEqual({ kind: "due" });
  });

  test("and not before it runs", () => {
    expect(progress(attach, restoring({}, { ...swapped, nodes: [{ ...next, ec2: null }] }, [volume(), made()]))).toMatchObject({ kind: "pending" });
  });
});
