import { CreateTableCommand, type DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { createLedger } from "@steward/aws/ledger";
import type { Ledger } from "@steward/core/apply/ports";
import type { CopyRecord } from "@steward/core/copies/copy-record";
import type { Incident } from "@steward/core/incidents/incident";
import type { RunRecord } from "@steward/core/incidents/run-record";
import type { PruneRecord } from "@steward/core/snapshots/prune-record";
import type { SlotRecord } from "@steward/core/snapshots/slot-record";
import { beforeEach, describe, expect, test } from "vitest";
import { desired } from "../core/builders.ts";
import { record as drillRecord } from "../core/proof/builders.ts";
import { record as databaseDrillRecord, restored as databaseRestored } from "../core/proof/database/builders.ts";
import { approval, record as restoreRecord } from "../core/restore/builders.ts";

const NOW = new Date("2026-01-05T09:00:00.000Z");
const at = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);

/** An open incident of a sick node; give only what differs. */
export const anIncident = (given: Partial<Incident> = {}): Incident => ({
  id: "20260105T090000-node-sick-cdef0",
  stage: "demo",
  kind: "node-sick",
  resource: "i-0123456789abcdef0",
  cause: "service-hangs",
  evidence: ["target is unhealthy (Target.Timeout)"],
  openedAt: NOW,
  endedAt: null,
  state: "open",
  paged: false,
  quietSince: null,
  refusals: [],
  ...given,
});

/** A new table with the one schema that the ledger needs. */
export async function emptyLedger(client: DynamoDBClient, TableName: string): Promise<Ledger> {
  const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: "S" as const });
  const KeySchema = [
    { AttributeName: "pk", KeyType: "HASH" as const },
    { AttributeName: "sk", KeyType: "RANGE" as const },
  ];
  await client.send(new CreateTableCommand({ TableName, KeySchema, AttributeDefinitions: [attribute("pk"), attribute("sk")], BillingMode: "PAY_PER_REQUEST" }));
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { TableName });
  return createLedger(client, TableName);
}

export interface Ground {
  fresh: () => Promise<Ledger>;
  /** Brings the work to its end. */
  run: <T>(work: () => Promise<T>) => Promise<T>;
  /** Does many things at once, or one after the other where the ground itself is not safe at once. */
  together: <T>(works: (() => Promise<T>)[]) => Promise<T[]>;
}

export const atOnce: Ground["together"] = (works) => Promise.all(works.map((work) => work()));

/** What the ledger promises, over whatever answers as DynamoDB. */
export function ledgerContract({ fresh, run, together }: Ground): void {
  let ledger: Ledger;
  const told = (name: string, story: () => Promise<void>) => test(name, () => run(story));
  beforeEach(async () => {
    ledger = await run(fresh);
  });

  describe("incidents", () => {
    told("open once per kind and resource, however often the event comes", async () => {
      const answers = await together([1, 2, 3, 4, 5].map((n) => () => ledger.open(anIncident({ id: `incident-${n}` }))));
      expect(answers.filter(({ isNew }) => isNew)).toHaveLength(1);
      expect(new Set(answers.map(({ incident }) => incident.id)).size).toBe(1);
      expect(await ledger.openIncidents()).toEqual([answers.find(({ isNew }) => isNew)?.incident]);
    });

    told("of other kinds or resources stand beside each other", async () => {
      await ledger.open(anIncident());
      expect((await ledger.open(anIncident({ id: "2", kind: "admission-failed" }))).isNew).toBe(true);
      expect((await ledger.open(anIncident({ id: "3", resource: "i-0fedcba9876543210" }))).isNew).toBe(true);
      expect(await ledger.openIncidents()).toHaveLength(3);
    });

    told("lose no change when many change at once", async () => {
      await ledger.open(anIncident());
      await together([1, 2, 3, 4].map((n) => () => ledger.change(anIncident(), (incident) => ({ ...incident, evidence: [...incident.evidence, `${n}`] }))));
      expect((await ledger.openIncidents())[0]?.evidence.toSorted()).toEqual(["1", "2", "3", "4", "target is unhealthy (Target.Timeout)"]);
    });

    told("that are not open can't be changed", async () => {
      expect(await ledger.change(anIncident(), (incident) => ({ ...incident, state: "paged" }))).toBeUndefined();
      expect(await ledger.openIncidents()).toEqual([]);
    });

    told("leave one closed copy, whoever closes them and however often", async () => {
      await ledger.open(anIncident());
      await together([1, 2, 3].map((n) => () => ledger.close(anIncident({ state: "resolved", endedAt: at(n) }))));
      await ledger.close(anIncident({ state: "resolved", endedAt: at(9) }));
      expect(await ledger.openIncidents()).toEqual([]);
      expect(await ledger.closedIncidents(NOW)).toHaveLength(1);
    });

    told("keep what was recorded between the look and the closing", async () => {
      await ledger.open(anIncident());
      await ledger.change(anIncident(), (incident) => ({ ...incident, evidence: ["seen later"] }));
      await ledger.close(anIncident({ state: "resolved", endedAt: at(5) }));
      expect(await ledger.closedIncidents(NOW)).toEqual([anIncident({ state: "resolved", endedAt: at(5), evidence: ["seen later"] })]);
    });

    told("can open again after they were closed, and a late closing of the old one does not close the new", async () => {
      await ledger.open(anIncident());
      await ledger.close(anIncident({ state: "resolved", endedAt: at(5) }));
      expect((await ledger.open(anIncident({ id: "again", openedAt: at(6) }))).isNew).toBe(true);
      await ledger.close(anIncident({ state: "resolved", endedAt: at(7) }));
      expect((await ledger.openIncidents()).map(({ id }) => id)).toEqual(["again"]);
    });

    told("closed before a time are not listed since that time", async () => {
      await ledger.open(anIncident());
      await ledger.close(anIncident({ state: "resolved", endedAt: at(5) }));
      expect(await ledger.closedIncidents(at(6))).toEqual([]);
      expect(await ledger.closedIncidents(at(5))).toHaveLength(1);
    });
  });

  describe("leases", () => {
    const request = { scope: "fleet", holder: "run-a", execution: "arn:a", now: NOW, expiresAt: at(5) };
    const other = { ...request, holder: "run-b", execution: "arn:b" };

    told("are held by one of many who want them at once", async () => {
      const taken = await together(["a", "b", "c", "d"].map((name) => () => ledger.take({ ...request, holder: name, execution: name })));
      expect(taken.filter(Boolean)).toHaveLength(1);
      expect(await ledger.leases()).toEqual(taken.filter(Boolean));
    });

    told("keep their epoch when the same execution takes them again", async () => {
      expect(await ledger.take(request)).toEqual({ scope: "fleet", holder: "run-a", execution: "arn:a", epoch: 1, expiresAt: at(5) });
      expect(await ledger.take({ ...request, now: at(1), expiresAt: at(6) })).toMatchObject({ epoch: 1, expiresAt: at(6) });
    });

    told("go to another with a higher epoch after their time, and not a moment before", async () => {
      await ledger.take(request);
      expect(await ledger.take({ ...other, now: at(4), expiresAt: at(9) })).toBeUndefined();
      const taken = await ledger.take({ ...other, now: at(5), expiresAt: at(10) });
      expect([taken?.holder, taken && taken.epoch > 1]).toEqual(["run-b", true]);
    });

    told("can't be renewed by who lost them", async () => {
      const lease = await ledger.take(request);
      if (!lease) throw new Error("a free lease was not given");
      expect(await ledger.hold(lease, at(8))).toBe(true);
      expect((await ledger.leases())[0]?.expiresAt).toEqual(at(8));
      await ledger.take({ ...other, now: at(9), expiresAt: at(14) });
      expect(await ledger.hold(lease, at(20))).toBe(false);
      expect((await ledger.leases())[0]).toMatchObject({ holder: "run-b", expiresAt: at(14) });
    });

    told("are free once released, with an epoch that only grows", async () => {
      const lease = await ledger.take(request);
      if (!lease) throw new Error("a free lease was not given");
      await ledger.release(lease);
      await ledger.release(lease);
      expect(await ledger.leases()).toEqual([]);
      expect(await ledger.hold(lease, at(9))).toBe(false);
      expect(await ledger.take({ ...other, now: at(1) })).toMatchObject({ holder: "run-b", epoch: 2 });
    });

    told("have an epoch above every earlier one, whatever it was for: a node takes commands under several", async () => {
      const epochs: (number | undefined)[] = [];
      for (const scope of ["fleet", "node/i-1", "node/i-2"]) epochs.push((await ledger.take({ ...request, scope }))?.epoch);
      const last = await ledger.take({ ...other, now: at(6), expiresAt: at(11) });
      expect([...epochs, last?.epoch]).toEqual([...epochs, last?.epoch].toSorted((a, b) => Number(a) - Number(b)));
      expect(new Set([...epochs, last?.epoch]).size).toBe(4);
    });

    told("are not released by who lost them", async () => {
      const lease = await ledger.take(request);
      if (!lease) throw new Error("a free lease was not given");
      await ledger.take({ ...other, now: at(6), expiresAt: at(11) });
      await ledger.release(lease);
      expect(await ledger.leases()).toMatchObject([{ holder: "run-b" }]);
    });
  });

  describe("history", () => {
    const attempt = {
      run: "run-a",
      runbook: "restart-service",
      resource: "i-0123456789abcdef0",
      incident: "1",
      startedAt: NOW,
      endedAt: null,
      outcome: "running",
      because: "it hangs",
    } as const;

    told("has one line per attempt, oldest first, from the asked time on", async () => {
      await ledger.putAttempt({ ...attempt, startedAt: at(2), run: "run-b" });
      await ledger.putAttempt(attempt);
      await ledger.putAttempt({ ...attempt, endedAt: at(1), outcome: "done" });
      expect((await ledger.attempts(NOW)).map(({ run, outcome }) => [run, outcome])).toEqual([
        ["run-a", "done"],
        ["run-b", "running"],
      ]);
      expect(await ledger.attempts(at(1))).toHaveLength(1);
    });

    told("keeps the first end of an attempt, and does not set it back to running", async () => {
      await ledger.putAttempt({ ...attempt, endedAt: at(1), outcome: "failed", because: "it still hangs" });
      await ledger.putAttempt(attempt);
      await ledger.putAttempt({ ...attempt, endedAt: at(2), outcome: "done" });
      expect(await ledger.attempts(NOW)).toMatchObject([{ outcome: "failed", because: "it still hangs" }]);
    });

    told("keeps the first ancestor of a node", async () => {
      await ledger.rememberLineage("i-2", "i-1");
      await ledger.rememberLineage("i-2", "i-9");
      await ledger.rememberLineage("i-3", "i-1");
      expect(await ledger.lineage()).toEqual({ "i-2": "i-1", "i-3": "i-1" });
    });

    told("takes the same line of a journal twice without a word", async () => {
      const entry = { run: "run-a", key: "1", at: NOW, what: "restart-service", because: "it hangs" };
      await ledger.note(entry);
      await expect(ledger.note({ ...entry, at: at(1) })).resolves.toBeUndefined();
    });
  });

  describe("a first deploy", () => {
    const empty = { reached: {}, written: null, databaseAt: null, finishedAt: null };

    told("that never began has an empty record", async () => {
      expect(await ledger.firstDeploy()).toEqual(empty);
    });

    told("keeps when each stage was first reached, and when it was over", async () => {
      await together([1, 2, 3].map((minutes) => () => ledger.noteFirstDeploy({ what: "reached", stage: "image", at: at(minutes), again: false })));
      const first = (await ledger.firstDeploy()).reached.image;
      await ledger.noteFirstDeploy({ what: "reached", stage: "image", at: at(9), again: false });
      await ledger.noteFirstDeploy({ what: "reached", stage: "secrets", at: at(4), again: false });
      for (const minutes of [5, 6]) await ledger.noteFirstDeploy({ what: "database", at: at(minutes) });
      for (const minutes of [7, 8]) await ledger.noteFirstDeploy({ what: "finished", at: at(minutes) });
      expect([1, 2, 3].map(at)).toContainEqual(first);
      expect(await ledger.firstDeploy()).toEqual({ ...empty, reached: { image: first, secrets: at(4) }, databaseAt: at(5), finishedAt: at(7) });
    });

    told("lets the time of a stage begin anew where that is meant", async () => {
      for (const minutes of [1, 2]) await ledger.noteFirstDeploy({ what: "reached", stage: "image", at: at(minutes), again: true });
      expect((await ledger.firstDeploy()).reached).toEqual({ image: at(2) });
    });

    told("has the document that was written last", async () => {
      for (const declared of ["a", "b"]) await ledger.noteFirstDeploy({ what: "written", declared, state: desired });
      expect((await ledger.firstDeploy()).written).toEqual({ declared: "b", state: desired });
    });
  });

  describe("images", () => {
    const image = { imageId: "ami-1", build: "arn:1", builtAt: NOW, versions: { packageManager: "1", ubuntu: "24.04", r: "", python: "" } };

    told("stay proven or bad when somebody notes the candidate late", async () => {
      for (const standing of ["proven", "candidate"] as const) await ledger.noteImage({ ...image, standing });
      expect(await ledger.images()).toMatchObject([{ standing: "proven" }]);
      for (const standing of ["bad", "candidate"] as const) await ledger.noteImage({ ...image, standing });
      expect(await ledger.images()).toMatchObject([{ standing: "bad" }]);
    });

    told("are out of use once somebody has said so, candidates too, and stay so when somebody notes the candidate late", async () => {
      const candidate = { ...image, standing: "candidate" as const };
      for (const each of [candidate, { ...candidate, retiredAt: NOW }, candidate]) await ledger.noteImage(each);
      expect(await ledger.images()).toEqual([{ ...candidate, retiredAt: NOW }]);
    });

    told("stand there once, each as it was noted last", async () => {
      expect(await ledger.images()).toEqual([]);
      await ledger.noteImage({ ...image, standing: "candidate" });
      await ledger.noteImage({ ...image, imageId: "ami-2", standing: "candidate" });
      await ledger.noteImage({ ...image, standing: "proven" });
      expect(await ledger.images()).toEqual([
        { ...image, standing: "proven" },
        { ...image, imageId: "ami-2", standing: "candidate" },
      ]);
    });
  });

  describe("slots", () => {
    const record: SlotRecord = {
      slot: NOW,
      volumeId: "vol-0123456789abcdef0",
      schedules: ["daily", "hourly"],
      state: "claimed",
      key: "run-a/1",
      attempt: 1,
      at: at(1),
      askedAt: null,
      snapshotIds: [],
      consistency: null,
      because: null,
      revision: 1,
    };
    const second: SlotRecord = { ...record, state: "made", at: at(2), askedAt: at(2), snapshotIds: ["snap-1"], consistency: "application", revision: 2 };

    told("are claimed by one of many", async () => {
      const claims = await together(["a", "b", "c"].map((key) => () => ledger.putSlot({ ...record, key })));
      expect(claims.toSorted()).toEqual([false, false, true]);
      expect(await ledger.slot(NOW)).toMatchObject({ state: "claimed", revision: 1 });
    });

    told("are changed by who has seen the last change, and by nobody else", async () => {
      expect(await ledger.slot(NOW)).toBeUndefined();
      expect(await ledger.putSlot({ ...record, revision: 2 })).toBe(false);
      await ledger.putSlot(record);
      expect(await ledger.putSlot(second)).toBe(true);
      for (const revision of [1, 2, 4]) expect(await ledger.putSlot({ ...second, key: "run-b/1", revision })).toBe(false);
      expect(await ledger.slot(NOW)).toEqual(second);
    });

    told("take the same change twice: its first answer may have been lost", async () => {
      for (let repeat = 0; repeat < 2; repeat++) expect(await ledger.putSlot(record)).toBe(true);
      for (let repeat = 0; repeat < 2; repeat++) expect(await ledger.putSlot(second)).toBe(true);
      expect(await ledger.putSlot(record)).toBe(false);
    });

    told("are listed from the time on at which they last changed, oldest change first, though the slot lies two days before", async () => {
      const twoDays = at(-48 * 60);
      await ledger.putSlot({ ...record, slot: twoDays, at: at(3) });
      await ledger.putSlot({ ...record, slot: at(-60), at: at(-30) });
      await ledger.putSlot(record);
      expect((await ledger.slots(NOW)).map(({ slot }) => slot)).toEqual([NOW, twoDays]);
      expect(await ledger.slots(at(-30))).toHaveLength(3);
      expect(await ledger.slots(at(4))).toEqual([]);
    });
  });

  told("since when drills are on is the first time, until it is taken back", async () => {
    await ledger.noteDrillsSince(null);
    await ledger.noteDrillsSince(at(1));
    await ledger.noteDrillsSince(at(2));
    expect(await ledger.drillsSince()).toEqual(at(1));
    for (let repeat = 0; repeat < 2; repeat++) await ledger.noteDrillsSince(null);
    expect(await ledger.drillsSince()).toBeNull();
    await ledger.noteDrillsSince(at(3));
    expect(await ledger.drillsSince()).toEqual(at(3));
  });

  describe("drills", () => {
    const record = drillRecord({ revision: 1 });
    const second = drillRecord({ state: "proven", decidedAt: at(2), copyId: "vol-0c", asked: { number: 1, at: at(1), commandId: "c" }, revision: 2 });

    told("are one at a time: of many that begin one does", async () => {
      const begun = await together(["a", "b", "c"].map((id) => () => ledger.putDrill({ ...record, id })));
      expect(begun.toSorted()).toEqual([false, false, true]);
    });

    told("change only from the revision that was read, and come back as they were written", async () => {
      expect(await ledger.drill()).toBeUndefined();
      expect(await ledger.putDrill(second)).toBe(false);
      for (let repeat = 0; repeat < 2; repeat++) expect(await ledger.putDrill(record)).toBe(true);
      for (let repeat = 0; repeat < 2; repeat++) expect(await ledger.putDrill(second)).toBe(true);
      expect(await ledger.putDrill({ ...second, id: "other", revision: 2 })).toBe(false);
      expect(await ledger.drill()).toEqual(second);
    });
  });

  describe("drills of a pair's database", () => {
    const record = databaseDrillRecord({ revision: 1 });
    const second = databaseRestored({ state: "proven", decidedAt: at(2), revision: 2 });

    told("are one at a time: of many that begin one does", async () => {
      const begun = await together(["a", "b", "c"].map((id) => () => ledger.putDatabaseDrill({ ...record, id })));
      expect(begun.toSorted()).toEqual([false, false, true]);
    });

    told("change only from the revision that was read, and come back as they were written", async () => {
      expect(await ledger.databaseDrill()).toBeUndefined();
      expect(await ledger.putDatabaseDrill(second)).toBe(false);
      for (let repeat = 0; repeat < 2; repeat++) expect(await ledger.putDatabaseDrill(record)).toBe(true);
      for (let repeat = 0; repeat < 2; repeat++) expect(await ledger.putDatabaseDrill(second)).toBe(true);
      expect(await ledger.putDatabaseDrill({ ...second, id: "other", revision: 2 })).toBe(false);
      expect(await ledger.databaseDrill()).toEqual(second);
    });
  });

  describe("copies", () => {
    const record: CopyRecord = {
      sourceId: "snap-0123456789abcdef0",
      state: "asking",
      key: "run-a/1",
      attempt: 1,
      since: NOW,
      at: NOW,
      copyId: null,
      because: null,
      revision: 1,
    };

    told("are one record for each source, changed by whoever has seen the last change", async () => {
      expect(await ledger.putCopy(record)).toBe(true);
      expect(await ledger.putCopy({ ...record, key: "run-b/1" })).toBe(false);
      const made: CopyRecord = { ...record, state: "made", copyId: "snap-1", revision: 2 };
      expect(await ledger.putCopy(made)).toBe(true);
      expect(await ledger.copies(NOW)).toEqual([made]);
      expect(await ledger.copies(new Date(NOW.getTime() + 1))).toEqual([]);
    });
  });

  describe("restores", () => {
    const record = restoreRecord({ revision: 1 });
    const second = restoreRecord({ state: "restored", restoredAt: at(2), desired, revision: 2 });

    told("are one at a time: of many that begin one does", async () => {
      const begun = await together(["a", "b", "c"].map((id) => () => ledger.putRestore({ ...record, id })));
      expect(begun.toSorted()).toEqual([false, false, true]);
    });

    told("change only from the revision that was read, and come back as they were written", async () => {
      expect(await ledger.restore()).toBeUndefined();
      expect(await ledger.putRestore(second)).toBe(false);
      for (let repeat = 0; repeat < 2; repeat++) expect(await ledger.putRestore(record)).toBe(true);
      for (let repeat = 0; repeat < 2; repeat++) expect(await ledger.putRestore(second)).toBe(true);
      expect(await ledger.putRestore({ ...second, id: "other", revision: 2 })).toBe(false);
      expect(await ledger.restore()).toEqual(second);
    });
  });

  describe("plans", () => {
    const plan = { ...approval({ approved: null, plannedAt: NOW }), words: ["all is lost"] };
    const approved = { ...plan, approved: { at: at(1), by: "ada", reason: "we have to", run: "demo-request-x-1" } };

    told("are stored once, by the time at which they were made", async () => {
      for (let repeat = 0; repeat < 2; repeat++) await ledger.putPlan(plan);
      await ledger.putPlan({ ...plan, plannedAt: at(5) });
      expect(await ledger.plans(NOW)).toEqual([plan, { ...plan, plannedAt: at(5) }]);
      expect(await ledger.plans(at(1))).toHaveLength(1);
    });

    told("are approved once, and stay so", async () => {
      expect(await ledger.approvePlan(approved)).toBe(false);
      await ledger.putPlan(plan);
      for (let repeat = 0; repeat < 2; repeat++) expect(await ledger.approvePlan(approved)).toBe(true);
      expect(await ledger.approvePlan({ ...approved, approved: { ...approved.approved, by: "bob" } })).toBe(false);
      await ledger.putPlan(plan);
      expect(await ledger.plans(NOW)).toEqual([approved]);
    });
  });

  describe("prunings", () => {
    const record: PruneRecord = {
      key: "run-a/1",
      startedAt: NOW,
      at: NOW,
      endedAt: null,
      status: "under-way",
      due: 3,
      deleted: 1,
      archived: 2,
      kept: 20,
      failed: [{ snapshotId: "snap-1", because: "InvalidSnapshot.InUse" }],
      failures: 1,
      deferred: 1,
      because: null,
      tokens: { left: 2.5, at: NOW },
    };

    told("are one record from the first batch to the end", async () => {
      expect(await ledger.pruning("run-a/1")).toBeUndefined();
      await ledger.putPruning(record);
      expect(await ledger.pruning("run-a/1")).toEqual(record);
      const ended: PruneRecord = { ...record, at: at(2), endedAt: at(2), status: "partial", deleted: 2, deferred: 0 };
      for (let repeat = 0; repeat < 2; repeat++) await ledger.putPruning(ended);
      expect(await ledger.pruning("run-a/1")).toEqual(ended);
      expect(await ledger.prunings(NOW)).toEqual([ended]);
    });

    told("are listed from the time on at which they began, oldest first", async () => {
      for (const minutes of [5, 2, -1]) await ledger.putPruning({ ...record, key: `run-${minutes}`, startedAt: at(minutes) });
      expect((await ledger.prunings(NOW)).map(({ key }) => key)).toEqual(["run-2", "run-5"]);
      expect(await ledger.pruning("run--1")).toMatchObject({ startedAt: at(-1) });
    });
  });

  describe("runs", () => {
    const began: RunRecord = { name: "demo-1", subject: "incident-1", execution: "arn:a", startedAt: NOW, endedAt: null, outcome: null };
    const ended: RunRecord = { ...began, startedAt: new Date(NOW.getTime() + 700), endedAt: at(4), outcome: "resolved" };

    told("are one record from beginning to end", async () => {
      await ledger.runBegan(began);
      await ledger.runBegan({ ...began, execution: "arn:other" });
      expect(await ledger.runs(at(-60))).toEqual([began]);
      await ledger.runEnded(ended);
      expect(await ledger.runs(at(-60))).toEqual([{ ...ended, startedAt: NOW }]);
    });

    told("stay ended when the beginning is noted late", async () => {
      await ledger.runEnded({ ...ended, execution: null });
      await ledger.runBegan(began);
      expect(await ledger.runs(at(-60))).toEqual([{ ...ended, startedAt: NOW }]);
    });

    told("that began before a time are not listed since that time", async () => {
      await ledger.runBegan(began);
      await ledger.runEnded(ended);
      expect(await ledger.runs(at(1))).toEqual([]);
    });
  });

  describe("announcements", () => {
    told("are claimed by one, and by the next when that one died", async () => {
      const claims = await together([1, 2, 3].map(() => () => ledger.claimAnnouncement("1/opened", NOW, at(1))));
      expect(claims.toSorted()).toEqual(["busy", "busy", "claimed"]);
      expect(await ledger.claimAnnouncement("1/opened", at(1), at(2))).toBe("claimed");
    });

    told("go out once", async () => {
      await ledger.claimAnnouncement("1/opened", NOW, at(1));
      await ledger.announcementSent("1/opened", at(1));
      await ledger.announcementSent("1/opened", at(2));
      expect(await ledger.claimAnnouncement("1/opened", at(30), at(31))).toBe("sent");
      expect(await ledger.announced(NOW)).toEqual(["1/opened"]);
    });

    told("are listed from the time on at which they went out", async () => {
      await ledger.announcementSent("1/opened", at(1));
      await ledger.announcementSent("2/opened", at(3));
      expect(await ledger.announced(at(2))).toEqual(["2/opened"]);
    });
  });

  told("long lists come whole, over pages", async () => {
    const because = "x".repeat(100_000);
    for (let n = 0; n < 12; n++)
      await ledger.putAttempt({
        run: `run-${n}`,
        runbook: "converge",
        resource: "i-1",
        incident: null,
        startedAt: at(n),
        endedAt: null,
        outcome: "running",
        because,
      });
    expect(await ledger.attempts(NOW)).toHaveLength(12);
  });
}
