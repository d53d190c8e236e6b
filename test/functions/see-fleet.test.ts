import type { FleetFacts } from "@steward/core/fleet/facts";
import { seeFleet } from "@steward/functions/see-fleet";
import { expect, test } from "vitest";
import { ago, attempt, FIRST, fleetWithSickNode, healthyFleet, runRecord, THIRD } from "../core/builders.ts";
import { aRuntime } from "./a-runtime.ts";

const SWEEP = { kind: "sweep" } as const;
const of = (instanceId: string) => ({ kind: "instance", instanceId, group: "steward-demo" }) as const;
const outcomes = async (runs: FleetFacts["runs"], status: "running" | "ended" | "unknown") => {
  const { runtime } = aRuntime(healthyFleet({ runs }), () => ({ runs: { start: async () => null, status: async () => status } }));
  return (await seeFleet(runtime, SWEEP)).runs.map(({ outcome }) => outcome);
};

test("half a view is no view: it is retried, and says what could not be read", async () => {
  const { runtime } = aRuntime(healthyFleet({ unread: [{ what: "targets", because: "throttled" }] }));
  await expect(seeFleet(runtime, SWEEP)).rejects.toMatchObject({ name: "Retryable", message: "I can't see enough: targets (throttled)" });
});

test("an event about an instance that this fleet never had is refused by name", async () => {
  await expect(seeFleet(aRuntime().runtime, of(THIRD))).rejects.toMatchObject({
    name: "InvalidEvent",
    message: expect.stringContaining(`instance ${THIRD} is another fleet's`),
  });
});

test("AWS's word on the health of strangers is no mistake: the fleet is looked at as ever", async () => {
  const { runtime } = aRuntime();
  expect(await seeFleet(runtime, { kind: "health", entities: [THIRD, "somebody-elses-database"] })).toEqual(await seeFleet(runtime, SWEEP));
});

test.each<[string, Partial<FleetFacts>]>([
  ["a replacement", { lineage: { [THIRD]: FIRST } }],
  ["an attempt", { attempts: [attempt({ resource: THIRD })] }],
  ["a run", { runs: [runRecord({ subject: `retirement-${THIRD}`, endedAt: ago({ minutes: 1 }) })] }],
])("an event may come again after its node has gone: %s remembers it", async (_what, but) => {
  await expect(seeFleet(aRuntime(healthyFleet(but)).runtime, of(THIRD))).resolves.toBeDefined();
});

test("Image Builder is asked by the sweep and when it says something itself, and by nobody else", async () => {
  const asked = async (hint: Parameters<typeof seeFleet>[1]) => {
    const looks: boolean[] = [];
    const { runtime } = aRuntime(fleetWithSickNode(), ({ observer }) => ({
      observer: {
        facts: (look) => {
          looks.push(look.builds);
          return observer.facts(look);
        },
      },
    }));
    await seeFleet(runtime, hint);
    return looks;
  };
  expect(await asked(SWEEP)).toEqual([true, true]);
  expect(await asked({ kind: "image", arn: "arn:1" })).toEqual([true, true]);
  expect(await asked(of(FIRST))).toEqual([false, false]);
});

test("a run that died without a word is ended on the record", async () => {
  const runs = [runRecord({ execution: "arn:run", startedAt: ago({ minutes: 3 }) })];
  expect(await outcomes(runs, "ended")).toEqual(["died"]);
  expect(await outcomes(runs, "running")).toEqual([null]);
});

test("a run whose execution nobody noted has an hour", async () => {
  const started = (minutes: number) => [runRecord({ execution: null, startedAt: ago({ minutes }) })];
  expect(await outcomes(started(59), "ended")).toEqual([null]);
  expect(await outcomes(started(61), "running")).toEqual(["died"]);
});
