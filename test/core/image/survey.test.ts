import { after } from "@steward/core/apply/duration";
import type { FleetFacts } from "@steward/core/fleet/facts";
import type { ImageFacts } from "@steward/core/image/image-facts";
import { looksAtImages, surveyImages } from "@steward/core/image/survey";
import { slotOf } from "@steward/core/snapshots/slots";
import { describe, expect, test } from "vitest";
import { attempt, GROUP, healthyFleet, incident, policy, runRecord } from "../builders.ts";
import { before as founding } from "../first-deploy/founding.ts";
import { ago, NOW as DAWN, facts, hence, image, policy as keeping, snapshot } from "./images.ts";

/** The beginning of an hour, when images are looked at. */
const NOW = slotOf(1, DAWN);
const wanted = policy({ keeping: { snapshots: null, images: keeping() } });
const stale = facts(image());
const fresh = facts(image({ tags: { "steward:hold": "" } }));

const duties = (but: Partial<FleetFacts> = {}, seen: typeof stale | null = stale, now = NOW) =>
  surveyImages(healthyFleet({ at: now, ...but }), seen, wanted, now);
const looks = (but: Partial<FleetFacts> = {}, now = NOW) => looksAtImages(healthyFleet({ at: now, ...but }), wanted, now);
const ran = (startedAt: Date, but = {}) =>
  runRecord({ name: "demo-duty-images-20260531-1", subject: "duty-images-20260531", startedAt, endedAt: startedAt, ...but });

describe("a run is started", () => {
  test("where images are due, once a day", () => {
    expect(duties()).toEqual([
      {
        duty: "start",
        because: "1 images are due",
        order: {
          name: "demo-duty-images-20260601-1",
          subject: { kind: "duty", id: "images-20260601", runbook: "prune-images", input: {}, because: "1 images are due" },
        },
      },
    ]);
    expect(duties({ runs: [ran(after(NOW, { hours: -22 }))] })).toEqual([]);
    expect(duties({ runs: [ran(after(NOW, { hours: -23 }))] })).toHaveLength(1);
  });

  test("where former images have left snapshots, too", () => {
    const left = { snapshots: [snapshot({ id: "snap-former" }), snapshot({ id: "snap-held", tags: { "steward:hold": "" } })] };
    const because = (seen: ImageFacts) => duties({}, seen).map((duty) => "because" in duty && duty.because);
    expect(because(facts(image({ tags: { "steward:hold": "" } }), left))).toEqual(["1 snapshots are left of former ones"]);
    expect(because(facts(image(), left))).toEqual(["1 images are due, 1 snapshots are left of former ones"]);
  });

  test("only where something is due, and only by what was seen", () => {
    expect([duties({}, fresh), duties({}, null)]).toEqual([[], []]);
  });
});

describe("EC2 is asked for images", () => {
  test("in the first minutes of an hour", () => {
    expect([looks(), looks({}, after(NOW, { seconds: 299 })), looks({}, after(NOW, { minutes: 5 }))]).toEqual([true, true, false]);
  });

  const held: [string, Partial<FleetFacts>][] = [
    ["with the switch off", { switch: { position: "off" } }],
    ["while a server is in trouble", { incidents: [incident({ kind: "node-sick" })] }],
    ["during a first deploy", { firstDeploy: founding("ha", "image").firstDeploy }],
    ["within a day of the last run", { runs: [ran(after(NOW, { hours: -1 }))] }],
    ["while one is under way", { runs: [ran(after(NOW, { minutes: -5 }), { endedAt: null })] }],
  ];
  test.each(held)("never %s, and nothing is started then", (_, but) => {
    expect([looks(but), duties(but)]).toEqual([false, []]);
  });
});

describe("people are told", () => {
  const failed = attempt({
    runbook: "prune-images",
    outcome: "failed",
    because: "ami-stale is deregistered, and of its snapshots snap-1 stays",
    startedAt: ago({ hours: 1 }),
  });
  const unpruned = incident({ kind: "images-unpruned", resource: GROUP, cause: "images-unpruned", state: "paged", evidence: [failed.because] });

  test("of attempts that came to nothing, with their reasons", () => {
    expect(duties({ attempts: [failed] }, null)).toMatchObject([
      {
        duty: "open",
        incident: { kind: "images-unpruned", resource: GROUP, evidence: [`the attempt of ${failed.startedAt.toISOString()}: ${failed.because}`] },
      },
    ]);
  });

  test("once, and nobody closes it as long as none has come to its end", () => {
    expect(duties({ attempts: [failed], incidents: [unpruned] }, null)).toEqual([]);
    expect(duties({ attempts: [failed], incidents: [{ ...unpruned, state: "open" }] }, null)).toMatchObject([{ duty: "refuse", guard: "nothing-left-to-try" }]);
  });

  test("when it is over, after a while", () => {
    const done = attempt({ runbook: "prune-images", startedAt: ago({ minutes: 5 }) });
    const quietSince = after(NOW, { minutes: -5 });
    expect(duties({ attempts: [failed, done], incidents: [unpruned] }, null)).toMatchObject([{ duty: "quiet", since: NOW }]);
    expect(duties({ attempts: [failed, done], incidents: [{ ...unpruned, quietSince }] }, null)).toMatchObject([{ duty: "close" }]);
    expect(duties({ attempts: [failed], incidents: [{ ...unpruned, quietSince }] }, null)).toMatchObject([{ duty: "quiet", since: null }]);
  });

  test("of nothing that is not about images", () => {
    expect(duties({ incidents: [incident({ kind: "pruning-partial", resource: GROUP })], attempts: [attempt({ outcome: "failed" })] }, fresh)).toEqual([]);
  });
});

test("what a later look sees as due is due still", () => {
  expect(duties({}, stale, slotOf(1, hence({ days: 3 })))).toHaveLength(1);
});
