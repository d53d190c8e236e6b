import { EffectiveDocument, pointerTo } from "@steward/core/desired/documents";
import { Permanent } from "@steward/core/errors";
import { beginDrill } from "@steward/core/proof/begin";
import { copyDocument } from "@steward/core/proof/copy-document";
import type { DrillRecord } from "@steward/core/proof/drill-record";
import { askCount, askProof, concludeDrill, launchProver, makeCopy, markProof, noteDrill, writeCopyDocument } from "@steward/core/proof/effects";
import { neededByDrills } from "@steward/core/proof/needed";
import { newDrill, standingOf } from "@steward/core/proof/new-drill";
import type { DrillWorld } from "@steward/core/proof/ports";
import type { Snapshot } from "@steward/core/retention/snapshot";
import { describe, expect, test } from "vitest";
import { ago, DOCUMENT, desired, FIRST, hence, NOW } from "../builders.ts";
import { facts, shot, VOLUME } from "../retention/builders.ts";
import { COPY, COPY_DOCUMENT, DRILL, effective, PROVER, record, SNAPSHOT, serving } from "./builders.ts";

/** A world with this drill on its ledger; everything that is called is noted. */
function world(start: DrillRecord | null, { text = JSON.stringify(effective()), snapshots = [] as Snapshot[], isQuicker = false } = {}) {
  const calls: unknown[][] = [];
  let on = start;
  const call =
    <T>(name: string, answer: T) =>
    async (...given: unknown[]): Promise<T> => {
      calls.push([name, ...given]);
      return answer;
    };
  const made: DrillWorld = {
    means: {
      makeCopy: call("makeCopy", COPY),
      launch: call("launch", PROVER),
      attach: call("attach", undefined),
      ask: call("ask", "command-1"),
      count: call("count", "count-1"),
      remove: call("remove", undefined),
      mark: call("mark", undefined),
    },
    documents: { read: call("read", text), write: call("write", undefined) },
    snapshots: { facts: async (volumeId) => facts(snapshots, { volumeId }) },
    ledger: {
      drill: async () => structuredClone(on ?? undefined),
      putDrill: async (next) => {
        if (isQuicker || next.revision !== (on?.revision ?? 0) + 1) return false;
        on = next;
        return true;
      },
    },
    now: () => NOW,
  };
  return { world: made, calls, record: () => on };
}
const because = "a test";

describe("beginning a drill", () => {
  const step = { do: "begin-drill", id: DRILL, snapshotId: null, volumeId: VOLUME, because } as const;
  const context = { key: "run/round 1.1" };
  const good = shot({ slot: ago({ hours: 2 }), startedAt: ago({ hours: 1 }) });

  test("chooses the snapshot and says how old it is", async () => {
    const fake = world(null, { snapshots: [good] });
    await beginDrill(fake.world, step, context);
    expect(fake.record()).toEqual(
      newDrill({ id: DRILL, key: context.key, snapshotId: good.id, slot: ago({ hours: 2 }), volumeId: VOLUME, startedAt: NOW, rpoSeconds: 3600 }),
    );
  });

  test("carries on what is known of the volume from the last one", async () => {
    const unproven = { since: ago({ days: 1 }), snapshotId: "snap-0", because: "no rows" };
    const last = { endedAt: ago({ days: 1 }), id: "older", provenAt: ago({ days: 9 }), unproven, revision: 17 };
    const fake = world(record({ ...last, volumeId: VOLUME }), { snapshots: [good] });
    await beginDrill(fake.world, step, context);
    expect(fake.record()).toMatchObject({ id: DRILL, provenAt: ago({ days: 9 }), unproven, revision: 18 });
    const other = world(record({ ...last, volumeId: "vol-0f" }), { snapshots: [good] });
    await beginDrill(other.world, step, context);
    expect(other.record()).toMatchObject({ provenAt: null, lastProven: null, unproven: null, revision: 18 });
    expect(other.record()?.others).toEqual([{ volumeId: "vol-0f", provenAt: ago({ days: 9 }), unproven }]);
  });

  test("carries on the numbers of the last proof, through drills that have none", async () => {
    const numbers = { at: ago({ days: 1 }), snapshotId: SNAPSHOT, rpoSeconds: 3300, servedAfterSeconds: 240, loadedAfterSeconds: null };
    const proven = record({ ...{ startedAt: ago({ days: 1, minutes: 10 }), servedAt: ago({ days: 1, minutes: 6 }) }, volumeId: VOLUME, state: "proven" });
    for (const last of [
      { ...proven, id: "older", decidedAt: ago({ days: 1 }), endedAt: NOW },
      record({ id: "older", volumeId: VOLUME, state: "failed", lastProven: numbers, endedAt: NOW }),
    ]) {
      const fake = world(last, { snapshots: [good] });
      await beginDrill(fake.world, step, context);
      expect(fake.record()).toMatchObject({ id: DRILL, lastProven: numbers });
    }
  });

  test("of another volume forgets nothing of the fleet's, and the next one of that goes on with it", async () => {
    const evidence = [{ snapshotId: "snap-0", failedAt: ago({ days: 1 }) }];
    const unproven = { since: ago({ days: 1 }), snapshotId: "snap-0", because: "no rows" };
    const others = Array.from({ length: 6 }, (_, index) => ({ volumeId: `vol-${index}`, provenAt: null, unproven: null }));
    const last = record({ endedAt: NOW, volumeId: "vol-0f", others: [{ volumeId: VOLUME, provenAt: ago({ days: 9 }), unproven }, ...others], evidence });
    expect(standingOf(last, VOLUME)).toEqual({ volumeId: VOLUME, provenAt: ago({ days: 9 }), unproven });
    expect([standingOf(last, null), standingOf(null, VOLUME), standingOf(last, "vol-0f")?.provenAt]).toEqual([undefined, undefined, null]);
    const next = newDrill({ ...last, volumeId: VOLUME }, last);
    expect(next).toMatchObject({ provenAt: ago({ days: 9 }), unproven, evidence });
    expect(next.others.map(({ volumeId }) => volumeId)).toEqual(["vol-0f", "vol-0", "vol-1", "vol-2", "vol-3"]);
  });

  test.each([record({ id: DRILL, endedAt: NOW }), record({ id: "other" })])("does nothing where it was begun, or another is under way", async (on) => {
    const fake = world(on, { snapshots: [good] });
    await beginDrill(fake.world, step, context);
    expect(fake.record()).toBe(on);
  });

  test("is impossible where there is nothing to prove", async () => {
    await expect(beginDrill(world(null).world, step, context)).rejects.toThrow(Permanent);
  });
});

describe("each thing that a drill makes", () => {
  const template = { name: "t", version: "3" };
  const STEPS: [string, (fake: ReturnType<typeof world>) => Promise<void>, Partial<DrillRecord>][] = [
    ["makeCopy", ({ world }) => makeCopy(world, { do: "make-copy", id: DRILL, snapshotId: SNAPSHOT, because }), { copyId: COPY }],
    [
      "launch",
      ({ world }) => launchProver(world, { do: "launch-prover", id: DRILL, copyId: COPY, template, because }),
      { instanceId: PROVER, launchedAt: NOW },
    ],
    [
      "count",
      ({ world }) => askCount(world, { do: "ask-count", id: DRILL, instanceId: FIRST, number: 2, because }),
      { counted: { number: 2, at: NOW, commandId: "count-1", instanceId: FIRST } },
    ],
    [
      "ask",
      ({ world }) => askProof(world, { do: "ask-proof", id: DRILL, instanceId: PROVER, number: 1, because }),
      { asked: { number: 1, at: NOW, commandId: "command-1" } },
    ],
    [
      "write",
      ({ world }) => writeCopyDocument(world, { do: "write-drill-document", id: DRILL, copyId: COPY, of: desired, because }),
      { document: { ...COPY_DOCUMENT, pointer: expect.anything() } },
    ],
  ];

  test.each(STEPS)("%s is made once and noted", async (name, act, noted) => {
    const fake = world(record());
    await act(fake);
    await act(fake);
    expect(fake.record()).toEqual({ ...record(noted), revision: 2 });
    expect(fake.calls.filter(([called]) => called === name)).toHaveLength(1);
  });

  test.each(STEPS)("%s is nobody's where the drill is another, or there is none", async (_name, act) => {
    for (const on of [null, record({ id: "other" })]) {
      const fake = world(on);
      await act(fake);
      expect(fake.calls).toEqual([]);
    }
  });

  test.each(STEPS)("%s is not noted where another was quicker", async (_name, act) => {
    const fake = world(record(), { isQuicker: true });
    await act(fake);
    expect(fake.record()).toEqual(record());
  });

  test("a later question is asked again", async () => {
    const fake = world(serving({ asked: { number: 1, at: NOW, commandId: "c" } }));
    await askProof(fake.world, { do: "ask-proof", id: DRILL, instanceId: PROVER, number: 2, because });
    expect(fake.record()?.asked?.number).toBe(2);
  });
});

describe("the document of the copy", () => {
  const write = (text: string) => {
    const fake = world(record(), { text });
    return { ...fake, done: writeCopyDocument(fake.world, { do: "write-drill-document", id: DRILL, copyId: COPY, of: desired, because }) };
  };

  test("is that of the fleet on another volume, and keeps the server from every other computer", async () => {
    const { done, calls, record: noted } = write(JSON.stringify(effective()));
    await done;
    const [, pointer, text] = calls.find(([name]) => name === "write") ?? [];
    const written = EffectiveDocument.parse(JSON.parse(String(text)));
    const dropIn = "[Service]\nEnvironmentFile=/etc/steward.env\nIPAddressDeny=any\nIPAddressAllow=localhost\n";
    expect(written).toEqual(effective({ dataVolume: COPY, config: { ...effective().config, dropIn } }));
    expect(pointer).toEqual(pointerTo(DOCUMENT.bucket, "effective", String(text)));
    expect(noted()?.document?.starts).toBe(true);
  });

  test("ends its drop-in well, however the fleet's ends", () => {
    const of = (dropIn: string) => copyDocument(effective({ config: { ...effective().config, dropIn } }), { bucket: "b", copyId: COPY }).text;
    expect(of("[Service]\nA=b")).toBe(of("[Service]\nA=b\n"));
  });

  test("lets nothing start whose licence is no file", async () => {
    const { done, record: noted } = write(JSON.stringify(effective({ license: { kind: "key" } })));
    await done;
    expect(noted()?.document?.starts).toBe(false);
  });

  test("is none where what is in effect is not understood", async () => {
    await expect(write(JSON.stringify({ ...effective(), stage: 1 })).done).rejects.toThrow("none that this version understands: stage");
  });
});

describe("a note", () => {
  test("is made once, and its first time stays", async () => {
    const fake = world(serving({ servedAt: null }));
    const note = (servedAt: Date) => noteDrill(fake.world, { do: "note-drill", id: DRILL, note: { servedAt }, because });
    await note(ago({ minutes: 1 }));
    await note(NOW);
    expect(fake.record()).toEqual({ ...serving(), revision: 2 });
  });
});

describe("the conclusion", () => {
  const unproven = { since: ago({ days: 1 }), snapshotId: "snap-0", because: "no rows" };
  const concluded = async (state: "proven" | "failed" | "undecided", on = serving({ unproven, provenAt: ago({ days: 7 }) })) => {
    const fake = world(on);
    await concludeDrill(fake.world, { do: "conclude-drill", id: DRILL, verdict: { state, because: "it says so", verdicts: ["a line"] }, because });
    return { marks: fake.calls.map((call) => call.slice(1)), record: fake.record() };
  };

  test("that it is proven stands on the ledger, and makes up for what failed", async () => {
    const { marks, record: now } = await concluded("proven");
    expect(marks).toEqual([]);
    expect(now).toMatchObject({ state: "proven", because: "it says so", verdicts: ["a line"], decidedAt: NOW, scope: "served", provenAt: NOW, unproven: null });
    const dataOnly = await concluded("proven", serving({ document: { ...COPY_DOCUMENT, starts: false } }));
    expect(dataOnly.record?.scope).toBe("data-only");
  });

  test("that it failed stands on the ledger; the first failure stays, and the snapshots are evidence for a fortnight", async () => {
    const evidence = [
      { snapshotId: "snap-old", failedAt: ago({ days: 14 }) },
      { snapshotId: "snap-0", failedAt: ago({ days: 13 }) },
      { snapshotId: SNAPSHOT, failedAt: ago({ days: 2 }) },
    ];
    const { marks, record: now } = await concluded("failed", serving({ unproven, provenAt: ago({ days: 7 }), evidence }));
    expect(marks).toEqual([]);
    expect(now).toMatchObject({ state: "failed", provenAt: ago({ days: 7 }), unproven, scope: null });
    expect(now?.evidence).toEqual([evidence[1], { snapshotId: SNAPSHOT, failedAt: NOW }]);
    expect((await concluded("failed", serving())).record?.unproven).toEqual({ since: NOW, snapshotId: SNAPSHOT, slot: serving().slot, because: "it says so" });
  });

  test("that an older one is proven does not make up for a newer one that failed", async () => {
    const newer = { ...unproven, slot: hence({ minutes: 1 }) };
    const { record: now } = await concluded("proven", serving({ unproven: newer, provenAt: ago({ days: 7 }) }));
    expect(now).toMatchObject({ state: "proven", scope: "served", provenAt: ago({ days: 7 }), unproven: newer });
    const same = await concluded("proven", serving({ unproven: { ...unproven, slot: serving().slot }, provenAt: ago({ days: 7 }) }));
    expect(same.record).toMatchObject({ provenAt: NOW, unproven: null });
  });

  test("that nothing is decided says nothing of the snapshot", async () => {
    expect((await concluded("undecided")).record).toMatchObject({ state: "undecided", provenAt: ago({ days: 7 }), unproven, evidence: [] });
  });

  test("is drawn once", async () => {
    const { record: now } = await concluded("failed", serving({ state: "proven" }));
    expect(now?.state).toBe("proven");
  });
});

describe("the mark on the snapshot", () => {
  const marked = async (but: Partial<DrillRecord>) => {
    const fake = world(serving({ decidedAt: ago({ minutes: 1 }), ...but }));
    for (let repeat = 0; repeat < 2; repeat++) await markProof(fake.world, { do: "mark-proof", id: DRILL, snapshotId: SNAPSHOT, because });
    return { marks: fake.calls.map((call) => call.slice(1)), markedAt: fake.record()?.markedAt };
  };

  test.each<[string, Partial<DrillRecord>, object]>([
    ["proven", { state: "proven", scope: "served" }, { provenAt: ago({ minutes: 1 }), dataOnly: false }],
    ["proven, data only", { state: "proven", scope: "data-only" }, { provenAt: ago({ minutes: 1 }), dataOnly: true }],
    ["failed", { state: "failed", because: "no rows" }, { failed: "no rows" }],
    ["failed without a word", { state: "failed" }, { failed: "" }],
  ])("says once that it is %s", async (_what, but, mark) => {
    expect(await marked(but)).toEqual({ marks: [[SNAPSHOT, mark]], markedAt: NOW });
  });

  test.each<Partial<DrillRecord>>([{ state: "undecided" }, { decidedAt: null }])("says nothing of %j", async (but) => {
    expect(await marked(but)).toEqual({ marks: [], markedAt: null });
  });
});

describe("snapshots that drills need", () => {
  const needed = (but: Partial<DrillRecord>) => neededByDrills(record(but), NOW);
  test("are none where there never was a drill, or it is over", () => {
    expect([neededByDrills(undefined, NOW), needed({ endedAt: NOW })]).toEqual([[], []]);
  });
  test("are that of the one under way, and for a fortnight those with which one failed", () => {
    expect(needed({})).toEqual([{ snapshotId: SNAPSHOT, by: `the drill ${DRILL}, which is under way` }]);
    const evidence = [
      { snapshotId: "snap-9", failedAt: ago({ days: 13 }) },
      { snapshotId: "snap-8", failedAt: ago({ days: 14 }) },
    ];
    expect(needed({ endedAt: NOW, evidence })).toEqual([
      { snapshotId: "snap-9", by: expect.stringMatching(/^people who look why its proof failed, until 2026-05-05/) },
    ]);
  });
});
