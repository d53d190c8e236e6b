import { after } from "@steward/core/apply/duration";
import type { Activity } from "@steward/core/fleet/facts";
import { defaultPolicy, policyOf } from "@steward/core/fleet/policy";
import { backupsWanted } from "@steward/core/guards/backups-wanted";
import { calmServer } from "@steward/core/guards/calm-server";
import { frozenVolume } from "@steward/core/guards/frozen-volume";
import { groupIsReplacing } from "@steward/core/guards/group-is-replacing";
import { sharedCause } from "@steward/core/guards/shared-cause";
import { staleFacts } from "@steward/core/guards/stale-facts";
import { switchOff } from "@steward/core/guards/switch-off";
import { describe, expect, test } from "vitest";
import {
  ago,
  ask,
  FIRST,
  fleetWithSickNode,
  healthyFleet,
  hence,
  incident,
  intent,
  justAfter,
  lease,
  NOW,
  node,
  SECOND,
  sickNode,
  slotRecord,
} from "../builders.ts";
import { record as drillRecord } from "../proof/builders.ts";
import { noDrill } from "../proof/lab.ts";

describe("the switch", () => {
  test("lets everything pass while it is on", () => {
    expect(ask(switchOff, healthyFleet())).toBeUndefined();
  });

  test.each([
    [{ position: "off" as const }, "the switch is off; I only watch"],
    [{ position: "off" as const, because: "licence audit" }, "the switch is off: licence audit; I only watch"],
  ])("stops everything, admissions too, while it is %o", (position, because) => {
    expect(ask(switchOff, healthyFleet({ switch: position }), { runbook: "admit-node", disrupts: false })).toEqual({
      verdict: "refuse",
      guard: "switch-off",
      because,
    });
  });

  test.each([
    ["leaves one that can't be read to the guard of stale facts", "switch", undefined],
    ["is known to be off when something else can't be read", "database", "switch-off"],
  ])("%s", (_what, what, guard) => {
    const unread = [{ what, because: "AccessDenied" }];
    expect(ask(switchOff, healthyFleet({ switch: { position: "off" }, unread }))?.guard).toBe(guard);
  });
});

describe("a volume that stands still", () => {
  const during = (but: Parameters<typeof slotRecord>[0]) => ask(frozenVolume, healthyFleet({ slots: [slotRecord(but)] }));
  const since = new Date(ago({ minutes: 1 }).getTime() + 1);

  test.each(["claimed", "creating"] as const)("is waited for while its snapshot is %s, for a minute at most", (state) => {
    expect(during({ state, at: since })).toEqual({
      verdict: "wait",
      guard: "frozen-volume",
      until: justAfter(NOW),
      because: `the data volume stands still for the snapshot of ${NOW.toISOString()}`,
    });
    expect(during({ state, at: ago({ minutes: 1 }) })).toBeUndefined();
  });

  test("is none once the snapshot is made or has failed, and nothing to what disrupts nobody", () => {
    expect(during({ state: "made" })).toBeUndefined();
    expect(during({ state: "failed" })).toBeUndefined();
    expect(ask(frozenVolume, healthyFleet({ slots: [slotRecord({ state: "claimed" })] }), { disrupts: false })).toBeUndefined();
  });
});

describe("a calm server", () => {
  const drill = { runbook: "prove-restore" as const, disrupts: false };
  const fleet = (but: Parameters<typeof healthyFleet>[0] = {}) => healthyFleet({ nodes: [node()], drill: noDrill(), ...but });
  const activity = { id: "a", description: "Launching a new EC2 instance", cause: "", status: "InProgress", startedAt: NOW };

  test.each<[string, Parameters<typeof healthyFleet>[0], string]>([
    ["the server is in trouble", { incidents: [incident()] }, `${FIRST} is in trouble (node-sick)`],
    ["another is on its way", { nodes: [node(), node({ lifecycle: "Pending:Wait" })] }, `${FIRST} is Pending:Wait`],
    ["the group is at it", { group: { ...healthyFleet().group, activities: [activity] } }, "the group is at it: Launching a new EC2 instance"],
    ["none is in service", { nodes: [node({ lifecycle: "Standby" })] }, "no server is in service"],
    ["somebody changes it", { leases: [lease({ scope: "fleet" })] }, `${lease({ scope: "fleet" }).holder} changes the server`],
    ["somebody changes it alone", { leases: [lease({ scope: `node/${FIRST}` })] }, `${lease({ scope: "fleet" }).holder} changes the server`],
  ])("is asked for before a drill begins: %s", (_what, but, because) => {
    expect(ask(calmServer, fleet(but), drill)).toEqual({ verdict: "refuse", guard: "calm-server", because: `${because}: a drill waits until that is over` });
  });

  test("is there where nothing of it is so", () => {
    const others = [lease({ scope: "drill" }), lease({ scope: "fleet", expiresAt: NOW })];
    expect(ask(calmServer, fleet({ leases: others, incidents: [incident({ kind: "snapshot-missing" })] }), drill)).toBeUndefined();
  });

  test("is nothing to a drill under way, nor to any other runbook", () => {
    expect(ask(calmServer, fleet({ incidents: [incident()], drill: noDrill({ record: drillRecord() }) }), drill)).toBeUndefined();
    expect(ask(calmServer, fleet({ incidents: [incident()] }))).toBeUndefined();
  });
});

describe("wanted backups", () => {
  const prune = { runbook: "prune-snapshots" as const, disrupts: false };

  test.each(["node-sick", "fleet-sick", "admission-failed", "snapshot-missing"] as const)("are not deleted while an incident of kind %s is open", (kind) => {
    expect(ask(backupsWanted, healthyFleet({ incidents: [incident({ kind })] }), prune)).toEqual({
      verdict: "wait",
      guard: "backups-wanted",
      until: hence({ seconds: 15 }),
      because: `${FIRST} is in trouble: no snapshot is deleted until that is over`,
    });
  });

  test("may be images too", () => {
    const because = `${FIRST} is in trouble: no image is deleted until that is over`;
    expect(ask(backupsWanted, healthyFleet({ incidents: [incident()] }), { runbook: "prune-images", disrupts: false })).toMatchObject({ because });
  });

  test("are nothing to any other runbook, nor to troubles of what is kept", () => {
    expect(ask(backupsWanted, healthyFleet({ incidents: [incident()] }))).toBeUndefined();
    expect(
      ask(backupsWanted, healthyFleet({ incidents: [incident({ kind: "pruning-partial" }), incident({ kind: "fleet-differs" })] }), prune),
    ).toBeUndefined();
  });
});

describe("stale facts", () => {
  const oldest = after(NOW, defaultPolicy.staleAfter);
  const soon = (now: Date) => after(now, defaultPolicy.poll);

  test("are fresh enough to the last millisecond", () => {
    expect(ask(staleFacts, healthyFleet(), {}, oldest)).toBeUndefined();
  });

  test("are looked at again a millisecond later", () => {
    const now = justAfter(oldest);
    expect(ask(staleFacts, healthyFleet(), {}, now)).toEqual({
      verdict: "wait",
      guard: "stale-facts",
      until: soon(now),
      because: `the facts are from ${NOW.toISOString()}: I look again first`,
    });
  });

  const unread = [
    { what: "the database", because: "throttled" },
    { what: "switch", because: "AccessDenied" },
  ];
  const because = "I can't see enough: the database (throttled); switch (AccessDenied)";

  test("are waited for while something can't be read", () => {
    expect(ask(staleFacts, healthyFleet({ unread }))).toEqual({ verdict: "wait", guard: "stale-facts", until: soon(NOW), because });
  });

  test("are waited for however long an incident about what is kept is open", () => {
    const incidents = [incident({ kind: "orphaned-snapshots", openedAt: ago({ days: 3 }) })];
    expect(ask(staleFacts, healthyFleet({ unread, incidents }))).toMatchObject({ verdict: "wait" });
  });

  test("are waited for until an incident is blind for ten minutes, to the millisecond", () => {
    const incidents = [incident({ openedAt: ago({ minutes: 2 }) }), incident({ openedAt: ago({ minutes: 10 }), resource: SECOND })];
    expect(ask(staleFacts, healthyFleet({ unread, incidents }))).toMatchObject({ verdict: "wait" });
    expect(ask(staleFacts, healthyFleet({ unread, incidents }), {}, justAfter(NOW))).toEqual({ verdict: "refuse", guard: "stale-facts", because });
  });
});

describe("a shared cause", () => {
  const down = fleetWithSickNode({ database: { id: "db", status: "failed" } });

  test("forbids to touch a node", () => {
    expect(ask(sharedCause, down)).toEqual({
      verdict: "refuse",
      guard: "shared-cause",
      because: "the database can't be reached (RDS says that the database is failed): not a node problem, I touch no node",
    });
  });

  test("does not keep a node from being admitted or let go", () => {
    expect(ask(sharedCause, down, { runbook: "admit-node", disrupts: false })).toBeUndefined();
  });

  test("is not one when a single node is sick", () => {
    expect(ask(sharedCause, fleetWithSickNode())).toBeUndefined();
  });

  const recovering = (quietSince: Date | null) =>
    fleetWithSickNode({ incidents: [incident({ kind: "database-down", cause: "database-unreachable", resource: "db", quietSince })] });

  test("leaves the nodes three minutes to find back once it is over, to the millisecond", () => {
    const quietSince = ago({ minutes: 3 });
    expect(ask(sharedCause, recovering(justAfter(quietSince)))).toEqual({
      verdict: "wait",
      guard: "shared-cause",
      until: hence({ seconds: 15 }),
      because: "the database can't be reached until a moment ago: the nodes get time to find back",
    });
    expect(ask(sharedCause, recovering(quietSince))).toBeUndefined();
  });

  test("that nobody has found to be over yet counts on, and one node's own trouble does not", () => {
    expect(ask(sharedCause, recovering(null))).toMatchObject({ verdict: "wait" });
    expect(ask(sharedCause, fleetWithSickNode({ incidents: [incident()] }))).toBeUndefined();
  });
});

describe("the group at work", () => {
  const activity = (startedAt: Date): Activity => ({
    id: "a",
    description: "Launching a new EC2 instance",
    cause: "unhealthy",
    status: "PreInService",
    startedAt,
  });
  const working = (...started: Date[]) => healthyFleet({ group: { ...healthyFleet().group, activities: started.map(activity) } });

  test("is left alone while a node moves by its will", () => {
    const facts = healthyFleet({ nodes: [sickNode(), node({ instanceId: SECOND, lifecycle: "Terminating:Wait" })] });
    expect(ask(groupIsReplacing, facts)).toEqual({
      verdict: "wait",
      guard: "group-is-replacing",
      until: hence({ minutes: 1 }),
      because: `the group is replacing a node by itself (${SECOND} is Terminating:Wait): I only admit`,
    });
  });

  test("is said in a single server's words where there is one", () => {
    const facts = healthyFleet({ nodes: [sickNode(), node({ instanceId: SECOND, lifecycle: "Terminating:Wait" })] });
    expect(groupIsReplacing(facts, intent(), policyOf("single"), NOW)).toMatchObject({
      verdict: "wait",
      because: `the group is bringing or ending a server (${SECOND} is Terminating:Wait): I wait`,
    });
  });

  test("is left alone while an activity is under way", () => {
    expect(ask(groupIsReplacing, working(ago({ minutes: 2 })))).toMatchObject({
      verdict: "wait",
      because: expect.stringContaining("Launching a new EC2 instance"),
    });
  });

  test("gets thirty minutes from its oldest activity, to the millisecond", () => {
    const facts = working(ago({ minutes: 5 }), ago({ minutes: 30 }));
    expect(ask(groupIsReplacing, facts)).toMatchObject({ verdict: "wait" });
    expect(ask(groupIsReplacing, facts, {}, justAfter(NOW))).toMatchObject({
      verdict: "refuse",
      because: expect.stringContaining(`has not finished since ${ago({ minutes: 30 }).toISOString()}`),
    });
  });

  test.each<[string, Parameters<typeof ask>[2]]>([
    ["an admission", { runbook: "admit-node", disrupts: false }],
    ["a replacement of our own that goes on", { runbook: "replace-node", resumes: true }],
  ])("does not stand in the way of %s", (_what, asked) => {
    expect(ask(groupIsReplacing, working(ago({ hours: 1 })), asked)).toBeUndefined();
  });

  test("is at rest when nothing moves", () => {
    expect(ask(groupIsReplacing, healthyFleet())).toBeUndefined();
  });
});
