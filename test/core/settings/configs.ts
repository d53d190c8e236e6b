import { InvalidSettings, type Problem } from "@steward/core/settings/invalid-settings";
import { readSettings } from "@steward/core/settings/read";
import type { HaSettings, SingleSettings, StageInput } from "@steward/core/settings/schema";
import fc from "fast-check";

type SingleInput = Extract<StageInput, { topology: "single" }>;
type HaInput = Extract<StageInput, { topology: "ha" }>;

type License = NonNullable<NonNullable<StageInput["packageManager"]>["license"]>;

const place = { account: "111122223333", region: "eu-west-1", network: { zones: ["eu-west-1a", "eu-west-1b"] }, alerts: { people: ["ops@example.com"] } };

export const single = (over: Partial<SingleInput> = {}): SingleInput => ({ topology: "single", ...place, access: { from: ["203.0.113.0/24"] }, ...over });
export const ha = (over: Partial<HaInput> = {}): HaInput => ({ topology: "ha", ...place, certificateArn: certificate(), ...over });

/** Without a certificate, and said to be meant. */
export const plain = (over: Partial<HaInput> = {}): HaInput => ha({ certificateArn: null, plainHttp: true, ...over });

export const certificate = (region = "eu-west-1", account = "111122223333"): string =>
  `arn:aws:acm:${region}:${account}:certificate/01234567-89ab-cdef-0123-456789abcdef`;

export const readSingle = (over: Partial<SingleInput> = {}): SingleSettings => readSettings({ stages: { team: single(over) } }).team as SingleSettings;
export const readHa = (over: Partial<HaInput> = {}): HaSettings => readSettings({ stages: { team: ha(over) } }).team as HaSettings;

/** Everything that is wrong with a config; none where it can be read. */
export function problemsOf(config: unknown): readonly Problem[] {
  try {
    readSettings(config);
    return [];
  } catch (error) {
    if (error instanceof InvalidSettings) return error.problems;
    throw error;
  }
}

const stageName = fc.stringMatching(/^[a-z](-?[a-z0-9]){0,5}$/);
const some = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { requiredKeys: [] });

const packageManager = some({
  version: fc.constantFrom("2026.08.0", "2024.11.0-7", "2025.04.4"),
  license: fc.constantFrom<License>({ kind: "file" }, { kind: "key" }, { kind: "floating", server: "licences.example.com:8989" }),
  rVersions: fc.constantFrom<string[]>([], ["4.5.2"], ["4.6.1", "4.5.2"]),
  port: fc.integer({ min: 3000, max: 65535 }),
});
const alerts = some({ people: fc.constantFrom<string[]>([], ["a@example.com"]), pager: fc.constantFrom<string[]>([], ["https://pager.example.com/secret"]) });
const common = { packageManager, alerts, logDays: fc.constantFrom(7 as const, 30 as const, 365 as const) };

const keep = fc.oneof(
  fc.record({ count: fc.integer({ min: 1, max: 50 }) }),
  fc.record({ days: fc.integer({ min: 7, max: 60 }) }),
  fc.record({ count: fc.integer({ min: 1, max: 50 }), days: fc.integer({ min: 0, max: 60 }) }),
  fc.record({ daily: fc.integer({ min: 1, max: 14 }), weekly: fc.integer({ min: 0, max: 8 }), monthly: fc.integer({ min: 0, max: 24 }) }),
);
const schedules = fc.uniqueArray(
  fc.record({ id: fc.stringMatching(/^[a-z][a-z0-9-]{0,15}$/), everyHours: fc.constantFrom(1 as const, 24 as const, 168 as const), keep }),
  {
    minLength: 1,
    maxLength: 4,
    selector: ({ id }) => id,
  },
);

const singles: fc.Arbitrary<StageInput> = some({
  ...common,
  tls: fc.constantFrom("vaulted" as const, "none" as const),
  nodes: some({ instanceType: fc.constantFrom("m6i.2xlarge", "t3.small"), rootGib: fc.integer({ min: 20, max: 200 }) }),
  dataVolume: some({ gib: fc.integer({ min: 100, max: 16384 }), throughput: fc.integer({ min: 125, max: 750 }) }),
  snapshots: some({ schedules, floor: fc.integer({ min: 1, max: 9 }), lock: fc.option(fc.constant({ newest: 2, days: 5 })) }),
}).map((over) => single(over));

const has: fc.Arbitrary<StageInput> = some({
  ...common,
  access: fc.constantFrom<NonNullable<HaInput["access"]>>({ from: ["10.0.0.0/8"] }, { from: ["0.0.0.0/0"], openToTheWorld: true }),
  database: some({ storageGib: fc.integer({ min: 100, max: 400 }), multiAz: fc.boolean(), backupDays: fc.integer({ min: 1, max: 35 }) }),
  storage: some({ prefix: fc.constantFrom("", "packages", "a/b") }),
}).chain((over) => fc.constantFrom(ha(over), plain(over)));

/** No name is another with -… behind it: such stages are refused together. */
export const apart = (names: readonly string[]): boolean => names.every((name) => names.every((other) => !name.startsWith(`${other}-`)));

/** Configs of one to four stages that can be read. */
export const configs = fc
  .dictionary(stageName, fc.oneof(singles, has), { minKeys: 1, maxKeys: 4 })
  .filter((stages) => apart(Object.keys(stages)))
  .map((stages) => ({ stages }));
