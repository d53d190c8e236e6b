import type { Duty } from "@steward/core/survey/survey";
import { performAll } from "@steward/functions/perform";
import { describe, expect, test } from "vitest";
import { fleetWithSickNode, incident, NOW, node, SECOND, sickNode } from "../core/builders.ts";
import { emptyAccount, image } from "../core/first-deploy/founding.ts";
import { aRuntime, type Bench } from "./a-runtime.ts";

const known = incident();
const order = { name: "demo-incident-x-1", subject: { kind: "incident", id: known.id, of: "node-sick", resource: known.resource } } as const;
const start: Duty = { duty: "start", order, because: "it is sick" };
const announce: Duty = { duty: "announce", kind: "opened", incident: known };
const quiet: Duty = { duty: "quiet", incident: known, since: NOW };

const withIncident = () => aRuntime(fleetWithSickNode({ incidents: [known] }));
const perform = ({ runtime, fake }: Bench, ...duties: Duty[]) => performAll(runtime, fake.state, duties);
const said = ({ fake }: Bench) => fake.said.map(({ kind, incident: { resource } }) => `${kind} ${resource}`);

describe("several duties", () => {
  const broken = new Error("the ledger is busy");
  const withBrokenLedger = () =>
    aRuntime(fleetWithSickNode({ incidents: [known] }), ({ ledger }) => ({ ledger: { ...ledger, change: () => Promise.reject(broken) } }));

  test("are all done though one fails, and the failure makes the invocation fail in the end", async () => {
    const bench = withBrokenLedger();
    await expect(perform(bench, quiet, start, announce)).rejects.toMatchObject({ name: "Retryable", message: "1 of 3 duties failed", cause: broken });
    expect(bench.started).toEqual([order.name]);
    expect(said(bench)).toEqual([`opened ${known.resource}`]);
  });

  test("count every failure and tell the first", async () => {
    const bench = withBrokenLedger();
    const another = { ...quiet, incident: { ...known, id: "another" } };
    await expect(perform(bench, quiet, start, another)).rejects.toMatchObject({ message: "2 of 3 duties failed", cause: broken });
    expect(bench.started).toEqual([order.name]);
  });

  test("are done in their order", async () => {
    const bench = withIncident();
    await perform(bench, announce, { ...announce, kind: "paged" });
    expect(said(bench)).toEqual([`opened ${known.resource}`, `paged ${known.resource}`]);
  });
});

test("what was found of a first deploy goes on the record, an image on the ledger", async () => {
  const bench = aRuntime(emptyAccount("ha"));
  const reached: Duty = { duty: "note-first-deploy", note: { what: "reached", stage: "image", at: NOW, again: false } };
  await perform(bench, reached, { duty: "note-image", image: image() });
  expect(bench.fake.state.firstDeploy?.record.reached).toEqual({ image: NOW });
  expect(bench.fake.state.images).toEqual([image()]);
  expect([said(bench), bench.started]).toEqual([[], []]);
});

describe("opening an incident", () => {
  const open: Duty = { duty: "open", incident: known };

  test("is said, and a run begins at once", async () => {
    const bench = aRuntime(fleetWithSickNode());
    await perform(bench, open);
    expect(bench.fake.state.incidents).toEqual([known]);
    expect(said(bench)).toEqual([`opened ${known.resource}`]);
    expect(bench.started).toEqual([`demo-incident-${known.id}-1`]);
  });

  test("is left to the one who was first", async () => {
    const bench = withIncident();
    await perform(bench, open);
    expect([said(bench), bench.started]).toEqual([[], []]);
  });

  test("that a guard refuses to act on pages a human instead of saying that it is being dealt with", async () => {
    const bench = aRuntime(fleetWithSickNode({ switch: { position: "off", because: "audit" } }));
    await perform(bench, open);
    expect(said(bench)).toEqual([`paged ${known.resource}`]);
    expect(bench.started).toEqual([]);
    expect(bench.fake.state.incidents).toMatchObject([{ state: "paged", paged: true, refusals: [{ guard: "switch-off" }] }]);
  });

  test("of all nodes at once touches none", async () => {
    const shared = incident({ kind: "fleet-sick", resource: "steward-demo", cause: "all-nodes-sick" });
    const bench = aRuntime(fleetWithSickNode({ nodes: [sickNode(), sickNode({ instanceId: SECOND })] }));
    await perform(bench, { duty: "open", incident: shared });
    expect(bench.started).toEqual([]);
    expect(said(bench)).toEqual(["paged steward-demo"]);
  });
});

describe("each other duty", () => {
  test("start: puts the run on the record with the execution that AWS names", async () => {
    const bench = withIncident();
    await perform(bench, start);
    expect(bench.fake.state.runs).toEqual([
      { name: order.name, subject: `incident-${known.id}`, execution: "arn:1", startedAt: NOW, endedAt: null, outcome: null },
    ]);
  });

  test("quiet: notes since when nothing is seen, and forgets it", async () => {
    const bench = withIncident();
    await perform(bench, quiet);
    expect(bench.fake.state.incidents[0]?.quietSince).toEqual(NOW);
    await perform(bench, { ...quiet, since: null });
    expect(bench.fake.state.incidents[0]?.quietSince).toBeNull();
  });

  test("close: ends the incident and says so", async () => {
    const bench = aRuntime(fleetWithSickNode({ incidents: [known], nodes: [node(), node({ instanceId: SECOND })] }));
    await perform(bench, { duty: "close", incident: known, because: "two nodes serve" });
    expect(bench.fake.state).toMatchObject({ incidents: [], closed: [{ id: known.id, state: "resolved", endedAt: NOW }] });
    expect(said(bench)).toEqual([`resolved ${known.resource}`]);
  });

  test("refuse: says it to a human once, and counts the rest", async () => {
    const bench = withIncident();
    const refuse: Duty = { duty: "refuse", incident: known, guard: "shared-cause", because: "the database is down" };
    await perform(bench, refuse);
    await perform(bench, { ...refuse, incident: bench.fake.state.incidents[0] ?? known });
    expect(said(bench)).toEqual([`paged ${known.resource}`]);
    expect(bench.fake.state.incidents[0]?.refusals).toMatchObject([{ guard: "shared-cause", times: 2 }]);
  });
});
