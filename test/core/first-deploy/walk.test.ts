import { pointerTo } from "@steward/core/desired/documents";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { policyOf } from "@steward/core/fleet/policy";
import { isAlive, isServing } from "@steward/core/fleet/standing";
import type { TopologyKind } from "@steward/core/topology/topology";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FakeWorld, fakeWorld } from "../apply/fake-world.ts";
import { DATABASE, desired, FIRST, SECOND } from "../builders.ts";
import { declaredOf, ENDPOINT, emptyAccount, KEY, KINDS } from "./founding.ts";
import { sweepToTheEnd } from "./sweeps.ts";

/** Seconds after which others have done their part. */
interface Others {
  vaultFilled: number;
  databaseThere: number;
  /** The first build fails by then; never where it is null. */
  buildFails: number | null;
  /** The switch is off for half an hour from then on; never where it is null. */
  switchOff: number | null;
  /** Somebody deploys again, with another configuration and another template of the deploy; never where it is null. */
  deploysAgain: number | null;
}
const PROMPT: Others = { vaultFilled: 600, databaseThere: 900, buildFails: null, switchOff: null, deploysAgain: null };

function deployed(kind: TopologyKind, others: Others): FakeWorld {
  const fake = fakeWorld(emptyAccount(kind));
  const knows = (state: FleetFacts, what: object) => void Object.assign(state.firstDeploy ?? {}, what);
  fake.later(others.vaultFilled, (state) => knows(state, { filled: declaredOf(kind).document.secrets, key: { fingerprint: KEY, offlineCopy: KEY } }));
  if (kind === "ha")
    fake.later(others.databaseThere, (state) => {
      Object.assign(state, { database: { id: DATABASE, status: "available" } });
      knows(state, { endpoint: ENDPOINT });
    });
  if (others.buildFails !== null)
    fake.later(others.buildFails, (state) => {
      const lost = (state.builds ?? []).map((known) => (known.state === "under-way" ? { ...known, state: "failed" as const, status: "FAILED" } : known));
      Object.assign(state, { builds: lost });
    });
  if (others.switchOff !== null) {
    fake.later(others.switchOff, (state) => void Object.assign(state, { switch: { position: "off" } }));
    fake.later(others.switchOff + 1_800, (state) => void Object.assign(state, { switch: { position: "on" } }));
  }
  if (others.deploysAgain !== null) fake.later(others.deploysAgain, (state) => knows(state, { declared: anotherOf(kind), baseVersion: 2 }));
  return fake;
}

function anotherOf(kind: TopologyKind): ReturnType<typeof declaredOf> {
  const { pointer, document } = declaredOf(kind);
  const next = { ...document, config: { ...document.config, text: `${document.config.text}; again\n` } };
  return { document: next, pointer: pointerTo(pointer.bucket, "declared", JSON.stringify(next)) };
}

/** What holds at every moment of a first deploy, whoever was killed where. */
function holds(facts: FleetFacts): void {
  const { nodes, group, firstDeploy, dataVolume, address } = facts;
  const record = firstDeploy?.record;
  if (!nodes.some(isServing) && record?.reached.fleet === undefined) expect(Math.max(group.desired, nodes.length)).toBeLessThanOrEqual(1);
  if (facts.desired && facts.database) expect(record?.databaseAt).not.toBeNull();
  if (facts.desired) expect(record?.written).not.toBeNull();
  if (nodes.length > 0) expect([record?.written, firstDeploy?.template]).not.toContain(null);
  if (nodes.some(({ lifecycle }) => lifecycle === "InService")) expect(facts.desired).not.toBeNull();
  if (dataVolume && nodes.some(({ lifecycle }) => lifecycle === "InService"))
    expect([dataVolume.isNew, dataVolume.attachedTo, address?.instanceId]).toEqual([false, FIRST, FIRST]);
}

/** Plays a first deploy with so many places at which runs are killed, one run after the other. */
async function play(kind: TopologyKind, others: Others = PROMPT, crashes: readonly number[] = []) {
  const fake = deployed(kind, others);
  let deaths = 0;
  const left = [...crashes];
  const policy = { ...policyOf(kind), rounds: 8 };
  const sweeps = await sweepToTheEnd({ fake, policy, nextCrash: () => left.shift() ?? null, onLook: holds, onDeath: () => void deaths++ }, 400);
  return { fake, sweeps, deaths };
}

/** What each change must have come to, in this order, whatever was repeated. */
const firsts = ({ effects }: FakeWorld): string[] => [...new Set(effects.map((effect) => effect.split(" ")[0] ?? ""))];

const ORDER: Record<TopologyKind, string[]> = {
  ha: [
    "build-image",
    "write-document",
    "write-template",
    "size-group",
    "init-database",
    "remember-database",
    "commit-desired",
    "converge",
    "complete-lifecycle",
  ],
  single: [
    "build-image",
    "make-volume",
    "write-document",
    "write-template",
    "size-group",
    "commit-desired",
    "attach-volume",
    "converge",
    "settle-volume",
    "move-address",
    "complete-lifecycle",
  ],
};

describe.each(KINDS)("a first deploy of %s", (kind) => {
  const size = { ha: 2, single: 1 }[kind];

  test("goes from an empty account to a fleet that serves, each change once and in order, and troubles nobody", async () => {
    const { fake, sweeps } = await play(kind);
    expect(sweeps).toBeLessThan(50);
    expect(firsts(fake)).toEqual(ORDER[kind]);
    expect(fake.effects.filter((effect) => !/^(converge|complete-lifecycle|size-group)/.test(effect))).toHaveLength(kind === "ha" ? 6 : 8);
    expect(fake.state.nodes.filter(isServing).map(({ instanceId }) => instanceId)).toEqual([FIRST, SECOND].slice(0, size));
    expect(fake.state.images.map(({ standing }) => standing)).toEqual(["proven"]);
    expect(fake.state.desired).toMatchObject({ configFingerprint: desired.configFingerprint, keyFingerprint: KEY, revision: 1 });
    expect([fake.said, fake.state.incidents]).toEqual([[], []]);
  });

  test("ends the same when a build fails and when the switch is off for a while", async () => {
    const { fake, sweeps } = await play(kind, { ...PROMPT, buildFails: 1_200, switchOff: 7_000 });
    expect(sweeps).toBeLessThan(80);
    expect(fake.effects.filter((effect) => effect.startsWith("build-image"))).toEqual(["build-image 1", "build-image 2"]);
  });

  test.each([4_070, 4_140, 4_300, 4_560])("comes to what was declared last when somebody deploys again after %i seconds", async (deploysAgain) => {
    const { fake, sweeps } = await play(kind, { ...PROMPT, deploysAgain });
    expect(sweeps).toBeLessThan(60);
    expect([fake.state.firstDeploy?.record.written?.declared, fake.state.firstDeploy?.template?.base]).toEqual([anotherOf(kind).pointer.sha256, 2]);
    expect(fake.state.desired?.document).toEqual(fake.state.firstDeploy?.record.written?.state.document);
    expect(fake.said).toEqual([]);
  });

  test("tells people once of a vault that nobody fills, and goes on by itself when somebody has", async () => {
    const { fake } = await play(kind, { ...PROMPT, vaultFilled: 26 * 3_600 });
    expect(fake.said.map(({ kind: said, incident }) => `${said} ${incident.kind}`)).toEqual(["paged first-deploy-late", "resolved first-deploy-late"]);
    expect(fake.said[0]?.incident.evidence[0]).toContain("npx steward secrets init --stage demo --offline-copy <file>");
    expect(fake.state.nodes.filter(isServing)).toHaveLength(size);
  });

  test("comes to its end from wherever its runs were killed, and never does what must not be", async () => {
    const others = fc.record({
      vaultFilled: fc.integer({ min: 0, max: 6_000 }),
      databaseThere: fc.integer({ min: 0, max: 3_000 }),
      buildFails: fc.option(fc.integer({ min: 60, max: 3_000 })),
      switchOff: fc.option(fc.integer({ min: 0, max: 9_000 })),
      deploysAgain: fc.option(fc.integer({ min: 0, max: 9_000 })),
    });
    let killed = 0;
    const ends = fc.asyncProperty(others, fc.array(fc.nat({ max: 40 }), { maxLength: 12 }), async (given, crashes) => {
      const { fake, sweeps, deaths } = await play(kind, given, crashes);
      killed += deaths;
      expect(sweeps).toBeDefined();
      expect(fake.state.nodes.filter(isServing)).toHaveLength(size);
      expect(fake.state.nodes.filter(isAlive)).toHaveLength(size);
      expect(fake.state.desired?.document).toEqual(fake.state.firstDeploy?.record.written?.state.document);
    });
    await fc.assert(ends, { numRuns: 25 });
    expect(killed).toBeGreaterThan(50);
  });
});
