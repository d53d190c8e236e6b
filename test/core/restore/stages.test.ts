import type { FleetFacts } from "@steward/core/fleet/facts";
import { isMarked } from "@steward/core/restore/marked";
import { nextOf } from "@steward/core/restore/next";
import type { RestoreRecord } from "@steward/core/restore/restore-record";
import { notFenced, restoringIn } from "@steward/core/restore/standing";
import { describe, expect, test } from "vitest";
import { ago, desired, FIRST, node, reports, SECOND } from "../builders.ts";
import { BOTH, FORMER, former, MARKED, made, RESTORED, record, restoring, SNAPSHOT, swapped, volume } from "./builders.ts";

const standing = (but: Partial<RestoreRecord> = {}, facts: Partial<FleetFacts> = {}, volumes = BOTH) => nextOf(restoring(but, facts, volumes));
const does = (...of: Parameters<typeof standing>) => {
  const next = standing(...of)?.standing;
  return next?.state === "act" ? next.steps.map(({ because: _because, ...step }) => step) : next?.because;
};

/** Everything up to the fence is done, and the former server has gone. */
const free = [volume({ name: "steward-demo-data-kept", keptFor: record().id }), made({ name: "steward-demo-data", state: "in-use", attachedTo: SECOND })];
const fresh = (but: Parameters<typeof node>[0] = {}) =>
  node({ instanceId: SECOND, launchedAt: ago({ seconds: 30 }), probe: reports({ instanceId: SECOND }), ...but });
const served = { ...swapped, nodes: [fresh()], address: { allocationId: "eipalloc-1", instanceId: SECOND } };

test("nothing is next where no restore is under way", () => {
  expect(standing({ state: "restored" })).toBeUndefined();
  expect(nextOf({ ...restoring(), restore: null })).toBeUndefined();
});

describe("the volume", () => {
  test("is made of the snapshot, like the one before", () => {
    expect(does({ volumeId: null }, {}, [former()])).toEqual([{ do: "make-restore-volume", id: record().id, snapshotId: SNAPSHOT, like: FORMER }]);
  });

  test("is waited for until it can be attached", () => {
    expect(does({}, {}, [former()])).toBe(`EC2 does not show ${RESTORED}`);
    expect(does({}, {}, [former(), made({ state: "creating" })])).toBe(`${RESTORED} is creating`);
  });

  test("of a way back is there already, and is none that a record names no snapshot for", () => {
    expect(does({ from: { kind: "volume", volumeId: FORMER }, volumeId: null }, {}, [])).toBe("EC2 does not show null");
  });
});

describe("what is in effect", () => {
  test("is written down with the volume in it, then put into effect", () => {
    expect(does()).toEqual([{ do: "write-restore-document", id: record().id, volumeId: RESTORED, of: { ...desired, dataVolume: FORMER } }]);
    const written = { ...desired, revision: desired.revision + 1, dataVolume: RESTORED };
    expect(does({ desired: written })).toEqual([{ do: "commit-desired", state: written }]);
  });

  test("is written down again where another revision came meanwhile", () => {
    expect(does({ desired: { ...desired, revision: desired.revision + 1 } }, { desired: { ...desired, revision: desired.revision + 1 } })).toMatchObject([
      { do: "write-restore-document" },
    ]);
  });

  test("can't be changed where there is nothing", () => {
    expect(does({}, { desired: null })).toBe("nothing is in effect that could be changed");
  });

  test("may be the volume by the fleet's name, where nothing names one yet", () => {
    expect(does({}, { desired, dataVolume: { id: RESTORED, state: "available", attachedTo: null, isNew: false } })).toMatchObject([{ do: "mark-volumes" }]);
  });
});

describe("the marks", () => {
  test("are set on what is there before anybody is ended", () => {
    expect(does({}, swapped)).toEqual([{ do: "mark-volumes", id: record().id, volumeId: RESTORED, kept: [FORMER] }]);
    expect(does({ kept: [FORMER, "vol-0gone"] }, swapped, MARKED)).toMatchObject([{ do: "end-server" }]);
  });

  test("are not there where EC2 does not show the volume", () => {
    expect(isMarked(record(), restoring({}, {}, []))).toBe(false);
  });

  test.each([
    [former(), made({ name: "steward-demo-data" })],
    [MARKED[0], made({ name: "other" })],
    [MARKED[0], made({ name: "steward-demo-data", keptFor: "x" })],
    [former({ name: "steward-demo-data", keptFor: record().id }), MARKED[1]],
  ])("are set where one is missing (%#)", (...volumes) => {
    expect(
      does(
        {},
        swapped,
        volumes.flatMap((one) => one ?? []),
      ),
    ).toMatchObject([{ do: "mark-volumes" }]);
  });
});

describe("the former server", () => {
  test("is ended through its group", () => {
    expect(does({}, swapped, MARKED)).toEqual([{ do: "end-server", instanceId: FIRST }]);
  });

  test("is waited for until its volume is free, and never longer forced", () => {
    const leaving = { ...swapped, nodes: [node({ lifecycle: "Terminating:Wait" })] };
    expect(does({}, leaving, MARKED)).toBe(`${FORMER} is in-use with ${FIRST}: it is not free`);
    expect(does({}, { ...swapped, nodes: [] }, [former({ ...MARKED[0], state: "detaching", attachedTo: null }), ...MARKED.slice(1)])).toBe(
      `${FORMER} is detaching: it is not free`,
    );
  });

  test("that waits to be let in with the former volume is sent away", () => {
    const waiting = { ...swapped, nodes: [node({ lifecycle: "Pending:Wait", launchedAt: ago({ seconds: 10 }) })] };
    expect(does({}, waiting, MARKED)).toEqual([{ do: "complete-lifecycle", instanceId: FIRST, hook: "steward-demo-admit", result: "ABANDON" }]);
  });

  test("is none that came later and holds no other volume, though EC2 may not show yet that it has the new one", () => {
    const nodes = [fresh()];
    expect(does({}, { ...served, nodes }, [free[0] as never, made({ name: "steward-demo-data" })])).toBe("the group brings a server, which gets the volume");
    expect(does({}, { ...served, nodes: [fresh({ launchedAt: ago({ days: 1 }) })] }, [free[0] as never, made({ name: "steward-demo-data" })])).toEqual([
      { do: "end-server", instanceId: SECOND },
    ]);
    expect(does({}, { ...swapped, nodes: [node({ launchedAt: ago({ seconds: 10 }) })] }, MARKED)).toEqual([{ do: "end-server", instanceId: FIRST }]);
  });

  test("is not proven to have let go as long as it serves", () => {
    const facts = restoring({}, swapped, MARKED);
    expect(notFenced(restoringIn(facts) as never)).toBe(`${FIRST} is InService without the restored volume`);
    expect(notFenced(restoringIn(restoring({}, served, free)) as never)).toBeUndefined();
  });
});

describe("the server that serves", () => {
  test("is put on record", () => {
    expect(does({}, served, free)).toEqual([{ do: "note-restored", id: record().id, restoredAt: expect.any(Date) }]);
  });

  test.each<[string, Partial<FleetFacts>, string]>([
    ["is one of the fleet's", { nodes: [] }, `${RESTORED} is with ${SECOND}, which is no server of the fleet: it has to be let go of first`],
    ["is in service", { nodes: [fresh({ lifecycle: "Pending:Wait" })] }, `${SECOND} is Pending:Wait and does not serve yet`],
    ["is of the group", { nodes: [fresh({ lifecycle: null })] }, `${SECOND} is not of the group and does not serve yet`],
    [
      "is as desired",
      { nodes: [fresh({ probe: reports({ instanceId: SECOND, keyFingerprint: "other" }) })] },
      `${SECOND}: the encryption key is not the desired one`,
    ],
    ["has the address", { address: { allocationId: "eipalloc-1", instanceId: null } }, `the address is with nobody, not with ${SECOND}`],
    ["has it itself", { address: null }, `the address is with nobody, not with ${SECOND}`],
    ["has it and no other", { address: { allocationId: "eipalloc-1", instanceId: FIRST } }, `the address is with ${FIRST}, not with ${SECOND}`],
  ])("%s", (_what, but, because) => {
    expect(does({}, { ...served, ...but }, free)).toBe(because);
  });
});
