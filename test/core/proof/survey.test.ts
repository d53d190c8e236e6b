import { after } from "@steward/core/apply/duration";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { proofFindings, provenAt, proving } from "@steward/core/proof/survey";
import { MARK } from "@steward/core/retention/marks";
import type { Snapshot } from "@steward/core/retention/snapshot";
import type { SnapshotPolicy } from "@steward/core/settings/schema";
import { describe, expect, test } from "vitest";
import { ago, GROUP, incident, NOW, node, runRecord } from "../builders.ts";
import { before } from "../first-deploy/founding.ts";
import { FORMER_VOLUME, facts, policy, shot, VOLUME } from "../retention/builders.ts";
import { machine, type record, server, serving, volume } from "./builders.ts";
import { noDrill } from "./lab.ts";

const good = shot({ slot: ago({ hours: 1 }) });
const over = (but: Parameters<typeof record>[0] = {}) =>
  noDrill({
    record: serving({
      volumeId: VOLUME,
      state: "proven",
      markedAt: ago({ days: 8 }),
      endedAt: ago({ days: 8 }),
      startedAt: ago({ days: 8 }),
      provenAt: ago({ days: 8 }),
      ...but,
    }),
  });

const outlook = (fleet: FleetFacts, snapshots: Snapshot[] = [good], by: Partial<SnapshotPolicy["proof"]> = {}, volumeId: string | null = VOLUME) => ({
  fleet,
  seen: facts(snapshots, { volumeId }),
  policy: policy({ proof: { everyDays: 7, loadWithinHours: 6, ...by } }),
  now: NOW,
});
const starts = (...of: Parameters<typeof outlook>) =>
  proving(outlook(...of)).map((duty) =>
    duty.duty === "start" && duty.order.subject.kind === "duty" ? [duty.order.subject.id, duty.order.subject.input] : duty.duty,
  );
const found = (...of: Parameters<typeof outlook>) => proofFindings(outlook(...of)).map(({ kind, resource, evidence }) => [kind, resource, ...evidence]);

const DUE = [["prove-20260504t0300", {}]];

const NEVER = "no restore was ever proven";

describe("a drill is begun", () => {
  test("where none ever was", () => expect(starts(server(noDrill()))).toEqual(DUE));
  test("a day after the first server or its first snapshot, whichever was earlier", () => {
    const young = (hours: number) => server(noDrill(), { nodes: [node({ launchedAt: ago({ hours }) })] });
    expect([starts(young(24)), starts(young(23))]).toEqual([DUE, []]);
    expect(starts(young(1), [shot({ slot: ago({ days: 1 }) })])).toEqual(DUE);
  });
  test("where the last drill was of another volume, by what was known before", () => {
    const others = [{ volumeId: VOLUME, provenAt: ago({ days: 6 }), unproven: null }];
    expect(starts(server(over({ volumeId: FORMER_VOLUME, provenAt: null, others })))).toEqual([]);
  });
  test("when the last proof is older than the settings say", () => expect(starts(server(over()))).toEqual(DUE));
  test("a day after one that failed", () => expect(starts(server(over({ state: "failed", startedAt: ago({ days: 1 }) })))).toEqual(DUE));
  test("a day after one that proved an older snapshot than the one that failed", () => {
    const unproven = { since: ago({ days: 2 }), snapshotId: "snap-1", slot: ago({ days: 2 }), because: "no rows" };
    expect(starts(server(over({ startedAt: ago({ days: 1 }), provenAt: ago({ days: 2 }), unproven })))).toEqual(DUE);
  });
  test("a day after one that came to nothing", () => expect(starts(server(over({ state: "undecided", startedAt: ago({ days: 1 }) })))).toEqual(DUE));
  test("where the proof on the ledger is of another volume", () =>
    expect(starts(server(over({ volumeId: FORMER_VOLUME, provenAt: ago({ days: 1 }) })))).toEqual(DUE));

  test.each<[string, FleetFacts, Snapshot[], Partial<SnapshotPolicy["proof"]>]>([
    ["nobody has asked after drills", server(null), [good], {}],
    ["the switch is off", server(noDrill(), { switch: { position: "off" } }), [good], {}],
    ["nothing is in effect", server(noDrill(), { desired: null }), [good], {}],
    ["a first deploy is under way", { ...before("single", "fleet"), drill: noDrill() }, [good], {}],
    ["a run is at it", server(noDrill(), { runs: [runRecord({ subject: "duty-prove-20260504t0200" })] }), [good], {}],
    ["the last proof is young", server(over({ provenAt: ago({ days: 6 }) })), [good], {}],
    ["a snapshot says that it was proven lately", server(noDrill()), [shot({ tags: { [MARK.proven]: ago({ days: 2 }).toISOString() } })], {}],
    ["one failed less than a day ago", server(over({ state: "failed", startedAt: ago({ hours: 23 }) })), [good], {}],
    ["people see to it", server(noDrill()), [good], { everyDays: null }],
    ["there is nothing to prove", server(noDrill()), [], {}],
    ["the server is in trouble", server(noDrill(), { incidents: [incident({ kind: "node-sick" })] }), [good], {}],
  ])("not where %s", (_what, fleet, snapshots, by) => {
    expect(starts(fleet, snapshots, by)).toEqual([]);
  });
});

describe("a drill is gone on with", () => {
  const underWay = noDrill({ record: serving() });
  test("when its run has ended", () => expect(starts(server(underWay))).toEqual([["prove-go-on-20260504t025500", { goOn: true }]]));
  test("when its verdict is not on the snapshot yet", () => {
    const owing = over({ provenAt: ago({ days: 1 }), decidedAt: ago({ days: 8 }), markedAt: null });
    expect(starts(server(owing))).toEqual([["prove-mark-20260504t0300", { goOn: true }]]);
  });
  test("whatever the settings say", () => expect(starts(server(underWay), [], { everyDays: null })).toHaveLength(1));

  test("not while the run that a person started is at it", () => {
    const run = { name: "demo-request-x-1", subject: "request-x" };
    const drill = noDrill({ record: serving({ key: "demo-request-x-1/round 1.1" }) });
    expect(starts(server(drill, { runs: [runRecord(run)] }))).toEqual([]);
    expect(starts(server(drill, { runs: [runRecord({ ...run, endedAt: NOW })] }))).toHaveLength(1);
  });

  test.each([
    ["a server", { instances: [machine({ drillId: "20260101t000000" })] }],
    ["a volume", { volumes: [volume({ drillId: null })] }],
  ])("so that %s that was left is removed", (_what, left) => {
    expect(starts(server({ ...over({ provenAt: ago({ days: 1 }) }), ...left }))).toEqual([["prove-clean-up-20260504t0300", { goOn: true }]]);
  });
});

describe("the last proof", () => {
  test("is the newest of what ledger and tags of the volume say", () => {
    const tagged = shot({ tags: { [MARK.proven]: ago({ days: 3 }).toISOString() } });
    const other = { ...shot({ slot: ago({ days: 1 }), tags: { [MARK.proven]: ago({ days: 1 }).toISOString() } }), volumeId: FORMER_VOLUME };
    expect(provenAt(null, facts([good, other]))).toBeUndefined();
    expect(provenAt(over().record, facts([tagged, other]))).toEqual(ago({ days: 3 }));
    expect(provenAt(over({ provenAt: ago({ days: 2 }) }).record, facts([tagged]))).toEqual(ago({ days: 2 }));
  });
});

describe("people are told", () => {
  const old = shot({ slot: ago({ days: 15 }) });
  const failed = { since: ago({ hours: 2 }), snapshotId: "snap-1", because: "no table of it has a row" };

  test("of a proof that failed, also while the next ones come to nothing", () => {
    expect(found(server(over({ state: "undecided", unproven: failed })))).toEqual([
      ["restore-unproven", VOLUME, `snap-1 did not pass at ${failed.since.toISOString()}: no table of it has a row`],
    ]);
  });

  test("of a proof that failed, also while drills are of another volume", () => {
    const others = [{ volumeId: VOLUME, provenAt: null, unproven: failed }];
    expect(found(server(over({ volumeId: FORMER_VOLUME, others })))).toEqual([
      ["restore-unproven", VOLUME, expect.stringContaining("snap-1 did not pass"), NEVER],
    ]);
  });

  test("of nothing as long as drills have not been on for twice the time, however old server and snapshots are", () => {
    const since = (time: Date | null) => found(server(noDrill({ since: time })), [good, old]);
    expect([since(null), since(ago({ days: 13 })), since(ago({ days: 15 })).length]).toEqual([[], [], 1]);
    expect(since(ago({ days: 14 }))).toEqual([
      ["restore-unproven", VOLUME, `no restore was proven since ${ago({ days: 14 }).toISOString()}: no drill has come about`, NEVER],
    ]);
  });

  test("of a restore that nobody has proven for twice the time", () => {
    expect(found(server(over({ state: "undecided", because: "no capacity", provenAt: ago({ days: 15 }) })))).toEqual([
      ["restore-unproven", VOLUME, `no restore was proven since ${ago({ days: 15 }).toISOString()}: no capacity`],
    ]);
    expect(found(server(noDrill()), [good, old])).toEqual([
      ["restore-unproven", VOLUME, `no restore was proven since ${old.startedAt.toISOString()}: no drill has come about`, NEVER],
    ]);
  });

  test("with the numbers of the last proof, where the ledger has them", () => {
    const lastProven = { at: ago({ days: 9 }), snapshotId: "snap-0", rpoSeconds: 600, servedAfterSeconds: 660, loadedAfterSeconds: null };
    const words = `last proven ${lastProven.at.toISOString()} with snap-0: what was written in the 10 min before would have been lost (RPO); it served after 11 min (RTO)`;
    const seen = server(over({ state: "undecided", unproven: failed, provenAt: lastProven.at, lastProven }));
    expect(found(seen)).toEqual([["restore-unproven", VOLUME, expect.stringContaining("snap-1 did not pass"), words]]);
  });

  test("of snapshots none of which could be proven", () => {
    const crash = shot({ slot: ago({ days: 15 }), consistency: "crash" });
    expect(found(server(noDrill()), [good, crash].slice(1))).toEqual([
      ["restore-unproven", VOLUME, expect.stringContaining("no application-consistent snapshot"), NEVER],
    ]);
  });

  test.each<[string, Parameters<typeof outlook>]>([
    ["nobody has asked after drills", [server(null), [old]]],
    ["there is no data volume", [server(noDrill()), [old], {}, null]],
    ["people see to it themselves", [server(noDrill()), [old], { everyDays: null }]],
    ["there was nothing to prove", [server(noDrill()), []]],
    ["there is time left", [server(over({ provenAt: after(ago({ days: 14 }), { seconds: 1 }) }))]],
    ["the proof that failed was of another volume", [server(over({ provenAt: ago({ days: 1 }), volumeId: FORMER_VOLUME, unproven: failed }))]],
    [
      "only somebody else's snapshot is old",
      [
        server(noDrill()),
        [
          { ...old, volumeId: FORMER_VOLUME },
          { ...old, id: "snap-9", tags: {} },
        ],
      ],
    ],
  ])("not where %s", (_what, of) => {
    expect(found(...of)).toEqual([]);
  });

  test("of what drills have left for longer than any takes", () => {
    const left = noDrill({
      instances: [machine({ madeAt: ago({ hours: 13 }) }), machine({ state: "terminated", madeAt: ago({ hours: 13 }) })],
      volumes: [volume({ madeAt: ago({ hours: 14 }) }), volume()],
    });
    expect(found(server(left))).toEqual([
      ["drill-left-over", GROUP, `${machine().id} of ${ago({ hours: 13 }).toISOString()}`, `${volume().id} of ${ago({ hours: 14 }).toISOString()}`],
    ]);
  });
});
