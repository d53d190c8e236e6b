import type { Proposal } from "@steward/core/approval/stored-plan";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { chooseSource } from "@steward/core/restore/choose";
import { proposeRestore, restsOn, type Wish } from "@steward/core/restore/propose";
import { duration } from "@steward/core/restore/words";
import { MARK } from "@steward/core/retention/marks";
import type { Snapshot, SnapshotFacts } from "@steward/core/retention/snapshot";
import { describe, expect, test } from "vitest";
import { ago, FIRST, NOW, node, SECOND } from "../builders.ts";
import { before } from "../first-deploy/founding.ts";
import { serving } from "../proof/builders.ts";
import { noDrill } from "../proof/lab.ts";
import { ours } from "../snapshots/cloud.ts";
import { approval, aServer, BOTH, FORMER, former, RESTORED, record, restoring } from "./builders.ts";

const at = (hours: number, tags: Record<string, string> = {}, but: Partial<Snapshot> = {}): Snapshot =>
  ours(ago({ hours }), { id: `snap-${hours}`, volumeId: FORMER, ...but, tags: { [MARK.consistency]: "application", ...tags } });
const seen = (snapshots: Snapshot[], volumeId: string | null = FORMER): SnapshotFacts => ({
  stage: "demo",
  at: NOW,
  volumeId,
  volumes: [],
  snapshots,
  images: [],
  templates: [],
  needed: [],
});
const chosen = (facts: SnapshotFacts, asked: string | null = null) => {
  const found = chooseSource(facts, asked);
  return typeof found === "string" ? found : found.snapshot.id;
};
const PROVEN = { [MARK.proven]: ago({ hours: 1 }).toISOString() };

describe("the snapshot", () => {
  test("is the newest that was proven, though there are newer ones", () => {
    expect(chosen(seen([at(1), at(2, PROVEN), at(3, PROVEN)]))).toBe("snap-2");
  });

  test("is the newest that was made at rest where none was proven", () => {
    expect(chosen(seen([at(1, { [MARK.consistency]: "crash" }), at(2), at(3)]))).toBe("snap-2");
    expect(chosen(seen([at(1, { ...PROVEN, [MARK.proofFailed]: "damaged" }), at(2)]))).toBe("snap-2");
  });

  test("is of the volume in effect, and of any former one where there is none", () => {
    expect(chosen(seen([at(1, {}, { volumeId: RESTORED }), at(2), at(3, {}, { tier: "archive" })]))).toBe("snap-2");
    expect(chosen(seen([at(1, {}, { volumeId: RESTORED }), at(2)], null))).toBe("snap-1");
  });

  test("is asked for where none is good enough to be chosen", () => {
    expect(chosen(seen([at(1, { [MARK.consistency]: "crash" })]))).toContain("name the one that is meant");
    expect(chosen(seen([at(1, { [MARK.consistency]: "crash" })]), "snap-1")).toBe("snap-1");
    expect(chosen(seen([]), "snap-9")).toContain("no snapshot that Steward made");
  });
});

describe("words for a time", () => {
  test.each([
    [0, "0 seconds"],
    [40, "40 seconds"],
    [60, "1 minute"],
    [3_900, "1 hour 5 minutes"],
    [7_205, "2 hours"],
    [183_600, "2 days 3 hours"],
  ])("%i seconds", (seconds, words) => {
    expect(duration(seconds)).toBe(words);
  });
});

const propose = (wish: Wish = {}, fleet: FleetFacts = aServer(), snapshots: Snapshot[] = [at(1)]) =>
  proposeRestore(wish, { fleet, snapshots: seen(snapshots) });
const words = (...of: Parameters<typeof propose>) => (propose(...of) as Proposal).words.join("\n");

describe("a proposal", () => {
  test("names what is chosen, what it rests on, what is lost, and the ways back and on", () => {
    expect(propose()).toMatchObject({
      input: { snapshotId: "snap-1" },
      restsOn: { "volume in effect": FORMER, server: FIRST, revision: 7, "last restore": null },
    });
    expect(words()).toMatch(/lost is everything that was written since then: 59 minutes 50 seconds \(3590 seconds\)/);
    expect(words()).toContain("no proof of it was made");
    expect(words()).toContain("the database was at rest");
    expect(words()).toContain(`${FORMER} is in effect now, and is kept as it is`);
    expect(words()).toContain(`${FIRST} is ended through its group`);
    expect(words()).toContain(`"runbook":"restore-volume","input":{"volumeId":"${FORMER}"}`);
    expect(words()).toContain(`"runbook":"confirm-restore"`);
  });

  test("says what is known of the snapshot", () => {
    expect(words({}, aServer(), [at(1, PROVEN)])).toContain("it was restored and has served at");
    expect(words({ snapshotId: "snap-1" }, aServer(), [at(1, { [MARK.proofFailed]: "damaged", [MARK.consistency]: "crash" })])).toMatch(
      /ITS LAST PROOF FAILED: damaged\nthe database was not proven to be at rest/,
    );
  });

  test("says how long the last proof took, where there was one", () => {
    const drill = noDrill({ record: serving() });
    expect(words({}, aServer({ drill }))).toMatch(/in the last proof it took \d+ minutes/);
    expect(words({}, aServer({ drill: noDrill({ record: serving({ servedAt: null }) }) }))).not.toContain("in the last proof");
    expect(words({}, aServer({ drill: noDrill() }))).not.toContain("in the last proof");
  });

  test("is made where volume and server are gone", () => {
    const gone = aServer({ dataVolume: null, nodes: [], desired: { ...aServer().desired, dataVolume: FORMER } as never });
    expect(propose({}, gone)).toMatchObject({ restsOn: { "volume in effect": null, server: null } });
    expect(words({}, gone)).toMatch(/no volume is in effect now[\s\S]*no server is there to be ended[\s\S]*there is no volume to go back to/);
  });

  test("rests on nothing that only a server without records lacks", () => {
    expect(propose({}, aServer({ restore: null }))).toMatchObject({ restsOn: { "last restore": null } });
    expect(propose({}, aServer({ restore: { record: record({ state: "confirmed" }), volumes: [] } }))).toMatchObject({
      restsOn: { "last restore": `${record().id}, confirmed` },
    });
  });

  test.each([
    ["during a first deploy", before("single", "image"), "nothing is in effect yet"],
    ["where nothing is in effect", aServer({ desired: null }), "nothing is in effect yet"],
    ["where no server would come after", aServer({ group: { ...aServer().group, desired: 0 } }), "the group wants no server"],
    ["while one is under way", restoring(), `the restore ${record().id} is under way since`],
    ["where no snapshot is good enough", aServer(), "name the one that is meant"],
  ] as const)("is none %s", (_when, fleet, because) => {
    expect(propose({}, fleet, [])).toContain(because);
  });

  test("may follow one that does not come to its end", () => {
    expect(propose({}, restoring({ startedAt: ago({ minutes: 60 }) }))).toMatchObject({ input: { snapshotId: "snap-1" } });
    const failed = {
      run: "r",
      runbook: "admit-server",
      resource: FIRST,
      incident: null,
      startedAt: NOW,
      endedAt: NOW,
      outcome: "failed",
      because: "no ping",
    } as const;
    expect(propose({}, restoring({}, { attempts: [failed, failed] }))).toMatchObject({ input: { snapshotId: "snap-1" } });
    expect(propose({}, restoring({}, { attempts: Array.from({ length: 5 }, () => ({ ...failed, runbook: "restore-volume" })) }))).toMatchObject({ input: {} });
  });
});

describe("the way back", () => {
  const done = (but: Partial<FleetFacts> = {}) =>
    restoring({ state: "restored", restoredAt: NOW }, { dataVolume: { id: RESTORED, state: "in-use", attachedTo: FIRST, isNew: false }, ...but }, BOTH);

  test("goes to what an open restore has kept, and says what is lost by it", () => {
    expect(propose({ volumeId: FORMER }, done())).toMatchObject({ input: { volumeId: FORMER } });
    expect(words({ volumeId: FORMER }, done())).toMatch(
      /put into effect again[\s\S]*at most 1 minute \(60 seconds\), and more by the time it begins[\s\S]*is kept as it is/,
    );
    expect(words({ volumeId: FORMER }, done({ dataVolume: null }))).toContain("no volume is in effect now");
  });

  test("gives up what got no further than a volume", () => {
    const stuck = restoring({ startedAt: ago({ minutes: 61 }) });
    expect(words({ volumeId: FORMER }, stuck)).toContain("is given up");
  });

  test.each<[string, FleetFacts, string, string]>([
    ["what nobody has kept", done(), "vol-0other", `${record().id} keeps ${FORMER}`],
    ["what is gone meanwhile", { ...done(), restore: { record: record({ state: "restored" }), volumes: [] } }, FORMER, "has kept"],
    ["anything once it is confirmed", restoring({ state: "confirmed" }), FORMER, `has kept ${FORMER}`],
    [
      "what somebody else has",
      { ...done(), restore: { record: record({ state: "restored" }), volumes: [former({ attachedTo: "i-0dddddddddddddddd" })] } },
      FORMER,
      "is with i-0dddddddddddddddd, which is no server of the fleet",
    ],
    ["anything where none was", aServer(), FORMER, `has kept ${FORMER}`],
  ])("does not go to %s", (_what, fleet, volumeId, because) => {
    expect(propose({ volumeId }, fleet)).toContain(because);
  });
});

test("an approval is bound to the facts of a server", () => {
  const stray = aServer({ desired: null, nodes: [node(), node({ instanceId: SECOND, lifecycle: null })] });
  expect(restsOn(stray)).toMatchObject({ server: FIRST, revision: null });
  expect(approval().restsOn).toEqual((propose() as Proposal).restsOn);
});
