import { createClients } from "@steward/aws/clients";
import { createWorld, type StageWorld } from "@steward/aws/world";
import { arns } from "@steward/core/topology/arns";
import { FUNCTION_IDS, type FunctionId } from "@steward/core/topology/control-spec";
import { names } from "@steward/core/topology/names";
import { ACCOUNT_ID, REGION } from "@steward/simulator/account/account";
import type { CodeStore } from "@steward/simulator/account/functions";
import { AwsError } from "@steward/simulator/account/operation";
import type { Principal } from "@steward/simulator/account/principal";
import { type Deployed, deploy } from "@steward/simulator/deploy/deploy";
import { createAccount, type SimulatedAccount } from "@steward/simulator/simulated-account";
import { advance, drive } from "@steward/simulator/world/drive";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { anIncident } from "../aws/ledger-contract.ts";
import { haTopology } from "../settings.ts";

const STAGE = "demo";
const place = { account: ACCOUNT_ID, region: REGION };
const n = names(STAGE);
/** Functions that do nothing: these tests speak for them, with their rights. */
const idle: CodeStore = new Map(FUNCTION_IDS.map((id) => [id, () => async () => ({})]));

let account: SimulatedAccount;
let deployed: Deployed;

const clientsOf = ({ accessKeyId, secretAccessKey }: Principal) =>
  createClients({ region: REGION, credentials: { accessKeyId, secretAccessKey }, requestHandler: account.requestHandler });

/** The adapters as one function has them: with its role and no other right. */
const as = (id: FunctionId): StageWorld =>
  createWorld({ clients: clientsOf(deployed.functions[id].principal), stage: STAGE, topology: "ha", place, now: () => new Date() });

const context = (key: string) => ({ key, epoch: 1, notAfter: new Date(Date.now() + 60_000) });
const facts = (probe: "nobody" | "everybody" = "nobody") => drive(() => as("observe").observer.facts({ probe, builds: false }));
const because = "a test";

/** Waits until the fleet looks as described. */
async function eventually(look: () => Promise<boolean>, minutes = 20): Promise<void> {
  for (let minute = 0; minute < minutes * 4; minute++) {
    if (await look()) return;
    await advance(15_000);
  }
  throw new Error(`not within ${minutes} minutes`);
}

beforeEach(async () => {
  account = createAccount({ code: idle, seed: 7 });
  const fleet = { imageId: "ami-0123456789abcdef0" };
  deployed = await drive(() => deploy(account, haTopology(STAGE), { fleet, admitted: true }));
  await advance(120_000);
});

afterEach(() => {
  expect(account.account.record.filter(({ error }) => error && /AccessDenied|Unauthorized/.test(error))).toEqual([]);
});

describe("the observer", () => {
  test("reads a healthy fleet whole", async () => {
    const seen = await facts("everybody");
    expect(seen.unread).toEqual([]);
    expect(seen).toMatchObject({
      group: { name: n.group, desired: 2, min: 1, max: 3, activities: [] },
      switch: { position: "on" },
      desired: { revision: 1, version: "2026.08.0", document: { key: expect.stringMatching(/^effective\//) } },
      database: { id: n.database, status: "available" },
    });
    expect(seen.nodes.map(({ ec2, lifecycle, target, statusChecks, probe }) => [ec2, lifecycle, target?.state, statusChecks, probe.kind])).toEqual(
      Array(2).fill(["running", "InService", "healthy", "ok", "report"]),
    );
    expect(seen.alarms.map(({ name }) => name).toSorted()).toEqual(deployed.topology.alarms.map(({ name }) => name).toSorted());
  });

  test("asks nobody unless told to", async () => {
    const { nodes } = await facts("nobody");
    expect(nodes.map(({ probe }) => probe.kind)).toEqual(["not-asked", "not-asked"]);
  });
});

describe("the observer in bad weather", () => {
  test("names what AWS does not let it read, and sees the rest", async () => {
    account.account.faults.add(({ operation }) => {
      if (operation === "DescribeTargetHealth") throw new AwsError("Throttling", "Rate exceeded");
    });
    const seen = await facts();
    expect(seen.unread).toEqual([{ what: "targets", because: expect.stringContaining("Rate exceeded") }]);
    expect(seen.nodes.map(({ lifecycle, target }) => [lifecycle, target])).toEqual([
      ["InService", null],
      ["InService", null],
    ]);
  });

  test("sees a node that was terminated by hand, does not ask it, and hears the other", async () => {
    const instanceId = (await facts()).nodes[0]?.instanceId ?? "";
    await drive(() => account.account.call(account.operator, "ec2", "TerminateInstances", { InstanceIds: [instanceId] }));
    await advance(5_000);
    const { nodes } = await facts("everybody");
    const [dead, ...others] = nodes.toSorted((a) => (a.instanceId === instanceId ? -1 : 1));
    expect(["shutting-down", "terminated"]).toContain(dead?.ec2);
    expect(dead?.probe).toEqual({ kind: "not-asked" });
    expect(others.map(({ probe }) => probe.kind)).toContain("report");
  });

  test("takes a node whose agent is gone for unknown within its patience", async () => {
    const [one] = (await facts()).nodes;
    account.machines.get(one?.instanceId ?? "")?.loseAgent();
    const before = Date.now();
    const { nodes, unread } = await facts("everybody");
    expect(nodes.map(({ probe }) => probe.kind)).toEqual(["unknown", "report"]);
    expect(unread).toEqual([]);
    expect(Date.now() - before).toBeLessThan(30_000);
  });
});

describe("changes", () => {
  const act = (step: Parameters<StageWorld["actuators"]["isolate"]>[0] | Parameters<StageWorld["actuators"]["retire"]>[0]) =>
    drive(() => (as("remediate").actuators[step.do] as (given: typeof step, told: ReturnType<typeof context>) => Promise<void>)(step, context("run/1")));

  test("isolating a node launches a stand-in that waits to be admitted, and repeating it does nothing more", async () => {
    const [sick] = (await facts()).nodes;
    const instanceId = sick?.instanceId ?? "";
    for (let repeat = 0; repeat < 3; repeat++) await act({ do: "isolate", instanceId, keepDesired: true, because });
    await eventually(async () => (await facts()).nodes.find((node) => node.instanceId === instanceId)?.lifecycle === "Standby");
    await act({ do: "isolate", instanceId, keepDesired: true, because });
    await eventually(async () => (await facts()).nodes.some(({ lifecycle }) => lifecycle === "Pending:Wait"));
    const seen = await facts();
    expect(seen.nodes.map(({ lifecycle }) => lifecycle).toSorted()).toEqual(["InService", "Pending:Wait", "Standby"]);
    expect(seen.nodes.find((node) => node.instanceId === instanceId)?.target).toBeNull();
    expect(seen.group.desired).toBe(2);
  });

  test("a node that waits in its hook is let in once it is answered for, however often", async () => {
    const [sick] = (await facts()).nodes;
    await act({ do: "isolate", instanceId: sick?.instanceId ?? "", keepDesired: true, because });
    await eventually(async () => (await facts()).nodes.some(({ lifecycle }) => lifecycle === "Pending:Wait"));
    const fresh = (await facts()).nodes.find(({ lifecycle }) => lifecycle === "Pending:Wait")?.instanceId ?? "";
    const admit = { do: "complete-lifecycle", instanceId: fresh, hook: n.launchHook, result: "CONTINUE", because } as const;
    for (let repeat = 0; repeat < 2; repeat++) await drive(() => as("remediate").actuators["complete-lifecycle"](admit, context("run/2")));
    await eventually(async () => (await facts()).nodes.find(({ instanceId }) => instanceId === fresh)?.lifecycle === "InService");
    await drive(() => as("remediate").actuators["complete-lifecycle"](admit, context("run/2")));
  });

  test("retiring a node takes it through its terminate hook, once", async () => {
    const [old] = (await facts()).nodes;
    const instanceId = old?.instanceId ?? "";
    for (let repeat = 0; repeat < 2; repeat++) await act({ do: "retire", instanceId, because });
    await eventually(async () => (await facts()).nodes.find((node) => node.instanceId === instanceId)?.lifecycle === "Terminating:Wait");
    const { group } = await facts();
    expect(group.desired).toBe(2);
  });

  test("a restarted node keeps the receipt under the command's key", async () => {
    const [node] = (await facts()).nodes;
    const instanceId = node?.instanceId ?? "";
    for (let repeat = 0; repeat < 2; repeat++)
      await drive(() => as("remediate").actuators["restart-service"]({ do: "restart-service", instanceId, because }, context("run/restart")));
    await advance(120_000);
    const probe = (await facts("everybody")).nodes.find((each) => each.instanceId === instanceId)?.probe;
    expect(probe).toMatchObject({ kind: "report" });
    const receipts = probe?.kind === "report" ? probe.report.receipts.filter(({ key }) => key === "run/restart") : [];
    expect(receipts).toMatchObject([{ verb: "restart", epoch: 1, outcome: "done" }]);
  });

  test("the desired capacity is set within the group's bounds only", async () => {
    const set = (count: number) =>
      drive(() => as("remediate").actuators["set-desired-capacity"]({ do: "set-desired-capacity", desired: count, because }, context("run/3")));
    await set(3);
    expect((await facts()).group.desired).toBe(3);
    await expect(set(4)).rejects.toMatchObject({ name: "Permanent" });
  });
});

describe("runs and words", () => {
  test("a run is started once under its name and can be asked after", async () => {
    const { runs } = as("observe");
    const arn = await drive(async () => {
      const first = await runs.start("demo-incident-1", { name: "demo-incident-1" });
      await runs.start("demo-incident-1", { name: "demo-incident-1" });
      await runs.start("demo-incident-1", { other: true });
      return first;
    });
    expect(arn).toContain(`${arns(STAGE, place).function("remediate")}:`);
    expect(await drive(() => runs.status(arn ?? ""))).toBe("running");
    expect(await drive(() => runs.status((arn ?? "").replace("demo-incident-1", "demo-incident-2")))).toBe("unknown");
  });

  test("an announcement reaches what listens to the bus, a message the people, a dead letter its queue", async () => {
    const invoked: [string, unknown][] = [];
    account.account.links.invokeAsync = (arn, event) => void invoked.push([arn, event]);
    await drive(() => as("remediate").bus.announce({ kind: "opened", incident: anIncident() }));
    await drive(() => as("alert").topic.publish("demo: node sick", "what happened"));
    await drive(() => as("observe").deadLetter.keep({ because: "no such trigger", event: {} }));
    await advance(30_000);
    expect(invoked.filter(([arn]) => arn === deployed.functions.alert.arn)).toEqual([
      [deployed.functions.alert.arn, expect.objectContaining({ "detail-type": "Incident Opened", detail: expect.objectContaining({ kind: "opened" }) })],
    ]);
    expect(account.sns.delivered(deployed.topicArns.people, "people@example.com")).toMatchObject([
      { subject: expect.stringContaining("sweep-silent") },
      { subject: expect.stringContaining("keep-snapshots-silent") },
      { subject: "demo: node sick", message: "what happened" },
    ]);
    expect([...account.sqs.queues.values()].flatMap(({ messages }) => messages.map(({ body }) => JSON.parse(body)))).toEqual([
      { because: "no such trigger", event: {} },
    ]);
  });
});

test("the ledger needs no right beyond those of the functions that use it", async () => {
  const { ledger } = as("remediate");
  const now = new Date();
  await drive(async () => {
    const { incident } = await ledger.open(anIncident());
    await ledger.change(incident, (open) => ({ ...open, state: "paged" }));
    await ledger.close({ ...incident, state: "resolved", endedAt: now });
    const lease = await ledger.take({ scope: "fleet", holder: "run", execution: "arn", now, expiresAt: new Date(now.getTime() + 60_000) });
    if (lease) await ledger.release(lease);
    await as("alert").ledger.claimAnnouncement("1/opened", now, now);
    await as("alert").ledger.announcementSent("1/opened", now);
  });
  const seen = await facts();
  expect(seen).toMatchObject({ incidents: [], closed: [{ id: anIncident().id }], announced: ["1/opened"], leases: [], unread: [] });
});
