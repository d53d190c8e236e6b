import { CHECKS, checkAll } from "@steward/core/settings/checks";
import { readConfig, readSettings } from "@steward/core/settings/read";
import type { StageInput } from "@steward/core/settings/schema";
import { describe, expect, test } from "vitest";
import { certificate, ha, plain, problemsOf, single } from "./configs.ts";

const zones = ["eu-west-1a", "eu-west-1b"];
const db = (database: object): StageInput => ({ ...ha(), database });
const node = (instanceType: string) => single({ nodes: { instanceType } });
const volume = (iops: number, throughput: number) => single({ dataVolume: { iops, throughput } });
type Keep = { [K in "count" | "days" | "hourly" | "daily" | "weekly" | "monthly" | "yearly"]?: number };
type Schedule = { id?: string; everyHours?: 1 | 24 | 168 | 672; keep: Keep };
const snapshots = (...schedules: Schedule[]) => single({ snapshots: { schedules: schedules.map((schedule) => ({ id: "a", everyHours: 24, ...schedule })) } });
const locked = (days: number, ...schedules: Schedule[]) => single({ snapshots: { ...snapshots(...schedules).snapshots, lock: { newest: 3, days } } });
const archiving = (afterDays: number, ...schedules: Schedule[]) => single({ snapshots: { ...snapshots(...schedules).snapshots, archive: { afterDays } } });
const KEY = "arn:aws:kms:eu-central-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef";
const copied = (copy: object = {}) =>
  single({ snapshots: { copy: { region: "eu-central-1", kmsKeyArn: KEY, keep: { count: 7 }, schedules: ["daily"], ...copy } } });
const https = (stage: StageInput): StageInput => ({ ...stage, packageManager: { address: "https://packages.example.com" } });
const addressed = (address: string) => ha({ packageManager: { address } });
const stored = (bucket: string | null, prefix = "") => ha({ storage: { bucket, prefix } });
const virginia = { region: "us-east-1", network: { zones: ["us-east-1a", "us-east-1b"] } };
const from = (...ranges: string[]) => single({ access: { from: ranges } });
const halves = ["0.0.0.0/1", "128.0.0.0/1"];

interface Case {
  id: string;
  at: string;
  bad: Record<string, Record<string, StageInput>>;
  good: Record<string, Record<string, StageInput>>;
}

const one = (stages: Record<string, StageInput>) => Object.fromEntries(Object.entries(stages).map(([name, team]) => [name, { team }]));

const REFUSED: Case[] = [
  {
    id: "own-prefix",
    at: "stages.prod-eu",
    bad: { "one name and more": { prod: ha(), "prod-eu": single() }, "whatever the order": { "prod-eu": ha(), prod: ha() } },
    good: {
      "names that only begin alike": { prod: ha(), prodeu: ha(), "eu-prod": ha() },
      "another region": { prod: ha(), "prod-eu": plain(virginia) },
      "another account": { prod: ha(), "prod-eu": plain({ account: "444455556666" }) },
    },
  },
  {
    id: "own-ranges",
    at: "stages.team.access.from",
    bad: one({
      twice: from("10.0.0.0/8", "203.0.113.0/24", "10.0.0.0/8"),
      "one in another": from("10.1.0.0/16", "10.0.0.0/8"),
      "an address in its range": ha({ access: { from: ["203.0.113.0/24", "203.0.113.7/32"] } }),
    }),
    good: one({ "side by side": from("10.0.0.0/16", "10.1.0.0/16") }),
  },
  {
    id: "plain-http",
    at: "stages.team.certificateArn",
    bad: one({ "no certificate": ha({ certificateArn: null }), "no, and not meant": ha({ certificateArn: null, plainHttp: false }) }),
    good: one({ "a certificate": ha(), "said to be meant": plain(), "single, where tls says it": single({ tls: "none" }) }),
  },
  {
    id: "plain-http",
    at: "stages.team.plainHttp",
    bad: one({ "both at once": ha({ plainHttp: true }) }),
    good: one({ "a certificate alone": ha({ plainHttp: false }) }),
  },
  {
    id: "database-engine",
    at: "stages.team.database.engineVersion",
    bad: one({ "ended support": db({ engineVersion: "13" }), "its minor": db({ engineVersion: "13.22" }), "not there yet": db({ engineVersion: "19" }) }),
    good: one({ oldest: db({ engineVersion: "14" }), newest: db({ engineVersion: "18.6" }), single: single() }),
  },
  {
    id: "open-to-the-world",
    at: "stages.team.access.from",
    bad: one({
      "the world": single({ access: { from: ["0.0.0.0/0"] } }),
      "two halves": single({ access: { from: halves } }),
      "an eighth": single({ access: { from: ["64.0.0.0/3"] } }),
      "two halves of a /7": single({ access: { from: ["10.0.0.0/8", "11.0.0.0/8"] } }),
      "the world, in ha, not said to be meant": ha({ access: { from: ["0.0.0.0/0"] } }),
    }),
    good: one({
      meant: single({ access: { from: ["0.0.0.0/0"], openToTheWorld: true } }),
      "private ranges": single({ access: { from: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"] } }),
      "the default of ha": ha(),
    }),
  },
  {
    id: "zones-of-the-region",
    at: "stages.team.network.zones",
    bad: one({ "one of another region": ha({ network: { zones: ["eu-west-1a", "eu-west-2b"] } }) }),
    good: one({ both: ha({ network: { zones } }) }),
  },
  {
    id: "two-zones",
    at: "stages.team.network.zones",
    bad: one({ "one twice": single({ network: { zones: ["eu-west-1a", "eu-west-1a"] } }) }),
    good: one({ two: single({ network: { zones } }) }),
  },
  {
    id: "standard-partition",
    at: "stages.team.region",
    bad: one({
      GovCloud: plain({ region: "us-gov-west-1", network: { zones: ["us-gov-west-1a", "us-gov-west-1b"] } }),
      China: single({ region: "cn-north-1", network: { zones: ["cn-north-1a", "cn-north-1b"] } }),
    }),
    good: one({ Ireland: ha() }),
  },
  {
    id: "metrics-port",
    at: "stages.team.packageManager.port",
    bad: one({ "the metrics' port": ha({ packageManager: { port: 2112 } }) }),
    good: one({ another: ha({ packageManager: { port: 8080 } }) }),
  },
  {
    id: "certificate-place",
    at: "stages.team.certificateArn",
    bad: one({
      "another region": ha({ certificateArn: certificate("us-east-1") }),
      "another account": ha({ certificateArn: certificate("eu-west-1", "444455556666") }),
    }),
    good: one({ "its own": ha(), none: plain() }),
  },
  {
    id: "https-served",
    at: "stages.team.packageManager.address",
    bad: one({ "ha without a certificate": https(plain()), "single that chose plain HTTP": https(single({ tls: "none" })) }),
    good: one({
      "ha with one": https(ha()),
      single: https(single()),
      http: { ...https(single({ tls: "none" })), packageManager: { address: "http://packages.example.com" } },
    }),
  },
  {
    id: "same-address",
    at: "stages.two.packageManager.address",
    bad: {
      "the same": { one: addressed("https://a.example.com"), two: addressed("https://a.example.com") },
      "written otherwise": { one: addressed("https://A.example.com:443/"), none: ha(), two: addressed("https://a.example.com") },
    },
    good: { others: { one: addressed("https://a.example.com"), two: addressed("https://b.example.com") }, none: { one: ha(), two: ha() } },
  },
  {
    id: "database-class",
    at: "stages.team.database.instanceClass",
    bad: one({ "t3.micro": db({ instanceClass: "db.t3.micro" }), "t4g.micro": db({ instanceClass: "db.t4g.micro" }) }),
    good: one({ "t3.small": db({ instanceClass: "db.t3.small" }), "m7g.large": db({ instanceClass: "db.m7g.large" }), single: single() }),
  },
  {
    id: "database-storage",
    at: "stages.team.database.storageGib",
    bad: one({ less: db({ storageGib: 99 }) }),
    good: one({ enough: db({ storageGib: 100 }) }),
  },
  {
    id: "database-growth",
    at: "stages.team.database.maxStorageGib",
    bad: one({ below: db({ storageGib: 600 }), equal: db({ storageGib: 100, maxStorageGib: 100 }), "9 %": db({ storageGib: 100, maxStorageGib: 109 }) }),
    good: one({ "10 %": db({ storageGib: 100, maxStorageGib: 110 }), "10 % of 1000": db({ storageGib: 1000, maxStorageGib: 1100 }) }),
  },
  {
    id: "node-architecture",
    at: "stages.team.nodes.instanceType",
    bad: one({ m6g: node("m6g.xlarge"), c7gn: node("c7gn.xlarge"), im4gn: node("im4gn.xlarge"), a1: node("a1.xlarge"), is4gen: node("is4gen.xlarge") }),
    good: one({ m6i: node("m6i.xlarge"), g4dn: node("g4dn.xlarge"), g6e: node("g6e.xlarge"), m7a: node("m7a.xlarge"), flex: node("c7i-flex.xlarge") }),
  },
  {
    id: "node-size",
    at: "stages.team.nodes.instanceType",
    bad: one({ micro: node("t3.micro"), nano: node("t3.nano") }),
    good: one({ small: node("t3.small") }),
  },
  {
    id: "volume-throughput",
    at: "stages.team.dataVolume.throughput",
    bad: one({ "too much for 3,000": volume(3000, 751) }),
    good: one({ "a quarter": volume(3000, 750), "the most": volume(4000, 1000), ha: ha() }),
  },
  {
    id: "keeps-something",
    at: "stages.team.snapshots.schedules[0].keep",
    bad: one({ nothing: snapshots({ keep: {} }), noughts: snapshots({ keep: { count: 0, days: 0 } }), nought: snapshots({ keep: { days: 0 } }) }),
    good: one({
      count: snapshots({ keep: { count: 1, days: 0 } }),
      days: snapshots({ keep: { days: 1 } }),
      "one a day": snapshots({ keep: { daily: 1 } }),
      "one an hour": snapshots({ everyHours: 1, keep: { hourly: 1 } }),
      "one a week, a month and a year": snapshots({ keep: { weekly: 4, monthly: 12, yearly: 3 } }),
      ha: ha(),
    }),
  },
  {
    id: "keeps-one-between",
    at: "stages.team.snapshots.schedules[0].keep.days",
    bad: one({ "six days of a week": snapshots({ everyHours: 168, keep: { days: 6 } }) }),
    good: one({
      "a week": snapshots({ everyHours: 168, keep: { days: 7 } }),
      "with a count": snapshots({ everyHours: 168, keep: { days: 2, count: 1 } }),
      "with one a month": snapshots({ everyHours: 168, keep: { days: 2, monthly: 1 } }),
    }),
  },
  {
    id: "reserved-schedule-name",
    at: "stages.team.snapshots.schedules[0].id",
    bad: one({ "what a person's are called": snapshots({ id: "by-hand", keep: { count: 1 } }) }),
    good: one({ another: snapshots({ id: "by-hands", keep: { count: 1 } }), ha: ha() }),
  },
  {
    id: "own-schedule-name",
    at: "stages.team.snapshots.schedules[2].id",
    bad: one({ "the same": snapshots({ id: "x", keep: { count: 1 } }, { id: "y", keep: { count: 1 } }, { id: "x", keep: { count: 2 } }) }),
    good: one({ others: snapshots({ id: "x", keep: { count: 1 } }, { id: "y", keep: { count: 1 } }) }),
  },
  {
    id: "own-bucket",
    at: "stages.two.storage.bucket",
    bad: {
      "the same": { one: stored("packages"), two: stored("packages") },
      "whatever the folders": { one: stored("packages", "a"), two: stored("packages", "b") },
      "in another region": { one: stored("packages"), two: plain({ ...virginia, storage: { bucket: "packages" } }) },
      "one's own name": { one: stored(null), two: stored("steward-111122223333-one-packages") },
    },
    good: { "their own": { one: stored(null), two: stored(null), three: single() }, named: { one: stored("packages-1"), two: stored("packages-2") } },
  },
  {
    id: "packages-alone",
    at: "stages.team.storage.bucket",
    bad: one({ "the state's": stored("steward-111122223333-team-state"), "the logs'": stored("steward-111122223333-other-access-logs") }),
    good: one({ "an own": stored("our-packages"), "another stage's former": stored("steward-111122223333-old-packages") }),
  },
  {
    id: "archive-applies",
    at: "stages.team.snapshots.archive.afterDays",
    bad: one({
      "of days": archiving(1, { keep: { daily: 30 } }),
      "of months that are too few": archiving(60, { keep: { monthly: 4 } }, { id: "b", keep: { weekly: 6 } }),
    }),
    good: one({
      "of months": archiving(30, { keep: { daily: 7, monthly: 12 } }),
      "as long as it is paid for": archiving(1, { everyHours: 672, keep: { days: 91 } }),
      none: snapshots({ keep: { count: 1 } }),
    }),
  },
  {
    id: "archive-sparse",
    at: "stages.team.snapshots.schedules[0].keep.days",
    bad: one({ "every day of a year": archiving(30, { keep: { days: 365 } }), "though months are kept": archiving(30, { keep: { days: 120, monthly: 12 } }) }),
    good: one({
      "days that end before": archiving(30, { keep: { days: 119, monthly: 12 } }),
      "every fourth week": archiving(30, { everyHours: 672, keep: { days: 365 } }),
      none: snapshots({ keep: { days: 365 } }),
      ha: ha(),
    }),
  },
  {
    id: "copy-place",
    at: "stages.team.snapshots.copy.region",
    bad: one({ "the stage's own region": copied({ region: "eu-west-1", kmsKeyArn: KEY.replace("eu-central-1", "eu-west-1") }) }),
    good: one({ another: copied(), none: single(), ha: ha() }),
  },
  {
    id: "copy-place",
    at: "stages.team.snapshots.copy.kmsKeyArn",
    bad: one({
      "a key of this region": copied({ kmsKeyArn: KEY.replace("eu-central-1", "eu-west-1") }),
      "a key of another account": copied({ kmsKeyArn: KEY.replace("111122223333", "444455556666") }),
    }),
    good: one({ "a key of that region": copied() }),
  },
  {
    id: "copy-keeps",
    at: "stages.team.snapshots.copy.schedules",
    bad: one({ "no schedule": copied({ schedules: ["daily", "fortnightly"] }) }),
    good: one({ "two schedules": copied({ schedules: ["daily", "weekly"] }), none: single(), ha: ha() }),
  },
  {
    id: "copy-keeps",
    at: "stages.team.snapshots.copy.keep",
    bad: one({ nothing: copied({ keep: {} }), "none of it": copied({ keep: { count: 0 } }) }),
    good: one({ days: copied({ keep: { days: 3 } }) }),
  },
  {
    id: "unconfirmed",
    at: "stages.team.storage.clientSideEncryption",
    bad: one({ "a key of its own": ha({ storage: { clientSideEncryption: true } }) }),
    good: one({ "S3's own key": ha() }),
  },
  {
    id: "unconfirmed",
    at: "stages.team.packageManager.pythonVersions",
    bad: one({ "two Pythons": single({ packageManager: { pythonVersions: ["3.13.1", "3.14.7"] } }) }),
    good: one({ "one Python": single({ packageManager: { pythonVersions: ["3.14.7"] } }) }),
  },
];

describe.each(REFUSED)("$id at $at", ({ id, at, bad, good }) => {
  test.each(Object.entries(bad))("refuses %s", (_what, stages) => {
    expect(problemsOf({ stages })).toContainEqual({
      path: at,
      problem: expect.stringMatching(/^(is|has|names|lets in|keeps|shares) /),
      allowed: expect.stringMatching(/\w/),
    });
    expect(CHECKS.find((check) => check.id === id)?.level).toBe("refuse");
  });

  test.each(Object.entries(good))("allows %s", (_what, stages) => {
    expect(checkAll(readSettings({ stages })).filter((finding) => finding.id === id)).toEqual([]);
  });
});

const WARNED: Omit<Case, "at">[] = [
  {
    id: "durable-functions",
    bad: one({ "a region that is not known to have them": single({ region: "mx-central-1", network: { zones: ["mx-central-1a", "mx-central-1b"] } }) }),
    good: one({ Ireland: ha(), Virginia: plain(virginia) }),
  },
  {
    id: "connection-leaks",
    bad: one({
      "the year before": ha({ packageManager: { version: "2024.11.0-7" } }),
      "the month before": ha({ packageManager: { version: "2025.03.9" } }),
      "the patch before": ha({ packageManager: { version: "2025.04.2-8" } }),
    }),
    good: one({ "the first": ha({ packageManager: { version: "2025.04.4-13" } }), later: ha({ packageManager: { version: "2025.09.0" } }), newest: ha() }),
  },
  {
    id: "product-key",
    bad: one({ key: ha({ packageManager: { license: { kind: "key" } } }) }),
    good: one({ file: ha({ packageManager: { license: { kind: "file" } } }) }),
  },
  {
    id: "finer-than-made",
    bad: one({
      "hours of a day's": snapshots({ keep: { hourly: 24 } }),
      "days of a week's": snapshots({ everyHours: 168, keep: { daily: 7, weekly: 8 } }),
      "weeks of four weeks'": snapshots({ everyHours: 672, keep: { weekly: 8 } }),
    }),
    good: one({
      "hours of an hour's": snapshots({ everyHours: 1, keep: { hourly: 24, daily: 7 } }),
      "days of a day's": snapshots({ keep: { daily: 7, hourly: 0 } }),
      "months of four weeks'": snapshots({ everyHours: 672, keep: { monthly: 12, yearly: 3 } }),
      ha: ha(),
    }),
  },
  {
    id: "lock-outlasts",
    bad: one({
      "more days than a schedule keeps": locked(7, { everyHours: 1, keep: { count: 24 } }, { id: "b", keep: { days: 30 } }),
      "a little more": locked(15, { keep: { count: 14 } }),
    }),
    good: one({
      "as many days": locked(14, { keep: { count: 14 } }),
      "fewer days than months": locked(300, { keep: { monthly: 12 } }),
      none: snapshots({ keep: { count: 1 } }),
      ha: ha(),
    }),
  },
  {
    id: "nobody-told",
    bad: one({ nobody: ha({ alerts: {} }) }),
    good: one({ people: ha(), "a pager": ha({ alerts: { pager: ["https://pager.example.com/x"] } }) }),
  },
];

describe.each(WARNED)("$id", ({ id, bad, good }) => {
  const ids = (stages: Record<string, StageInput>) => readConfig({ stages }).warnings.map((warning) => warning.id);

  test.each(Object.entries(bad))("warns of %s", (_what, stages) => {
    expect(ids(stages)).toContain(id);
  });

  test.each(Object.entries(good))("does not of %s", (_what, stages) => {
    expect(ids(stages)).not.toContain(id);
  });
});

test("every check has a case here, an id of its own and a sentence", () => {
  expect(CHECKS.map(({ id }) => id).sort()).toEqual([...new Set([...REFUSED, ...WARNED].map(({ id }) => id))].sort());
  expect(new Set(CHECKS.map(({ id }) => id)).size).toBe(CHECKS.length);
  for (const { words } of CHECKS) expect(words).toMatch(/^[A-Z].*\.$/);
});
