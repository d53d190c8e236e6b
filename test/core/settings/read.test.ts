import { InvalidSettings } from "@steward/core/settings/invalid-settings";
import { readConfig, readSettings, settingsOf } from "@steward/core/settings/read";
import { describe, expect, test } from "vitest";
import example from "../../../steward.config.ts";
import { ha, problemsOf, readHa, readSingle, single } from "./configs.ts";

const of = (stage: unknown, name = "team") => problemsOf({ stages: { [name]: stage } });

describe("what is left out has the reference architecture's default", () => {
  test("in single", () => {
    expect(readSingle()).toMatchObject({
      access: { openToTheWorld: false },
      tls: "vaulted",
      nodes: { instanceType: "m6i.xlarge", rootGib: 50, ubuntu: "22.04" },
      dataVolume: { gib: 500 },
      packageManager: { license: { kind: "file" }, port: 4242 },
      snapshots: { schedules: [{ id: "hourly" }, { id: "daily" }, { id: "weekly" }], floor: 3 },
    });
  });

  test("in ha", () => {
    expect(readHa({ database: { backupDays: 3 } })).toMatchObject({
      access: { from: ["0.0.0.0/0"], openToTheWorld: true },
      nodes: { instanceType: "c5.4xlarge", rootGib: 100 },
      database: { instanceClass: "db.t3.xlarge", storageGib: 100, multiAz: false, backupDays: 3 },
      storage: { bucket: null, prefix: "" },
    });
  });
});

describe("a config that is none is named", () => {
  test.each([
    [null, { path: "", problem: "is null", allowed: "a group of stages" }],
    [undefined, { path: "", problem: "is missing", allowed: "a group of stages" }],
    [{}, { path: "stages", problem: "is missing", allowed: "a group with at least one stage" }],
    [{ stages: {} }, { path: "stages", problem: "is an empty group", allowed: "a group with at least one stage" }],
    [{ stages: [] }, { path: "stages", problem: "is an empty list", allowed: "a group with at least one stage" }],
    [{ stages: "abc" }, { path: "stages", problem: "is a string", allowed: "a group with at least one stage" }],
    [{ stages: { team: null } }, { path: "stages.team", problem: "is null", allowed: 'a group with topology "single" or "ha"' }],
    [{ stages: { team: [1] } }, { path: "stages.team", problem: "is a list of 1", allowed: 'a group with topology "single" or "ha"' }],
  ])("%j", (config, problem) => {
    expect(problemsOf(config)).toEqual([problem]);
  });
});

describe("a wrong value is named with its key and what is allowed", () => {
  test.each([
    ["account", single({ account: "1234" }), 'is "1234"', "the 12 digits of an AWS account, as text"],
    ["region", { ...single(), region: undefined }, "is missing", "a region like us-east-1"],
    ["network.zones", { ...single(), network: undefined }, "is missing", "a list of 2, each an availability zone like us-east-1a"],
    ["network.zones", single({ network: { zones: ["eu-west-1a"] } }), "is a list of 1", "a list of 2, each an availability zone like us-east-1a"],
    [
      "network.cidr",
      single({ network: { zones: ["eu-west-1a", "eu-west-1b"], cidr: "8.8.0.0/16" } }),
      'is "8.8.0.0/16"',
      expect.stringContaining("a private IPv4 range"),
    ],
    ["access.from", { ...single(), access: undefined }, "is missing", expect.stringContaining("a list of at least one, each an IPv4 range")],
    ["access.from", single({ access: { from: [] } }), "is an empty list", expect.stringContaining("a list of at least one")],
    ["access.from[1]", single({ access: { from: ["10.0.0.0/8", "10.0.0.1/8"] } }), 'is "10.0.0.1/8"', expect.stringContaining("its host bits zero")],
    ["tls", { ...single(), tls: true }, "is true", '"vaulted" or "none"'],
    ["logDays", { ...single(), logDays: 31 }, "is 31", "7, 14, 30, 60, 90, 180 or 365"],
    ["nodes", { ...single(), nodes: null }, "is null", "a group of instanceType, rootGib, ubuntu"],
    ["nodes.rootGib", single({ nodes: { rootGib: Number.NaN } }), "is NaN", "a whole number from 20 to 16384"],
    ["nodes.rootGib", { ...single(), nodes: { rootGib: { gib: 50 } } }, "is a group", "a whole number from 20 to 16384"],
    ["nodes.rootGib", { ...single(), nodes: { rootGib: () => 50 } }, "is a function", "a whole number from 20 to 16384"],
    [
      "snapshots.schedules[0].everyHours",
      { ...single(), snapshots: { schedules: [{ id: "a", everyHours: 5, keep: { count: 1 } }] } },
      "is 5",
      "1, 2, 3, 4, 6, 8, 12, 24, 168 or 672",
    ],
    ["database.backupDays", ha({ database: { backupDays: 0 } }), "is 0", "a whole number from 1 to 35"],
    ["database.multiAz", { ...ha(), database: { multiAz: "yes" } }, 'is "yes"', "true or false"],
    ["storage.bucket", ha({ storage: { bucket: "xn--packages" } }), 'is "xn--packages"', expect.stringContaining("or null")],
    ["packageManager.license.kind", { ...ha(), packageManager: { license: { kind: "cloud" } } }, 'is "cloud"', '"file", "floating" or "key"'],
    ["packageManager.license.server", { ...ha(), packageManager: { license: { kind: "floating" } } }, "is missing", "host:port, the port from 1 to 65535"],
    [
      "packageManager.healthPath",
      ha({ packageManager: { healthPath: `/${" x".repeat(80)}` } }),
      expect.stringMatching(/^is .{100}…$/),
      "a path that starts with a slash",
    ],
  ])("%s", (path, stage, problem, allowed) => {
    expect(of(stage)).toEqual([{ path: `stages.team.${path}`, problem, allowed }]);
  });
});

describe("a key that is not known is named with the one that was meant", () => {
  test.each([
    [{ ...ha(), topologi: "ha" }, "topologi", "did you mean topology?"],
    [{ ...ha(), databse: {} }, "databse", "did you mean database?"],
    [{ ...ha(), database: { storageGB: 200 } }, "database.storageGB", "did you mean database.storageGib?"],
    [{ ...ha(), storageGib: 200 }, "storageGib", "did you mean database.storageGib?"],
    [{ ...ha(), dataVolume: { gib: 200 } }, "dataVolume", "topology single has it"],
    [{ ...single(), certificateArn: null }, "certificateArn", "topology ha has it"],
    [{ ...ha(), packageManager: { license: { kind: "file", server: "a:8989" } } }, "packageManager.license.server", "it goes with another kind"],
    [
      { ...single(), snapshots: { schedules: [{ id: "a", everyHours: 1, keep: { cuont: 1 } }] } },
      "snapshots.schedules[0].keep.cuont",
      "did you mean snapshots.schedules[0].keep.count?",
    ],
  ])("%#", (stage, path, hint) => {
    expect(of(stage)).toContainEqual({ path: `stages.team.${path}`, problem: `is not a setting here; ${hint}`, allowed: expect.stringMatching(/\w/) });
  });

  test("or with what there is, where nothing is like it", () => {
    expect(of({ ...ha(), database: { zzzzzzzzzzzzzzzzz: 1 } })).toEqual([
      {
        path: "stages.team.database.zzzzzzzzzzzzzzzzz",
        problem: "is not a setting here",
        allowed: "instanceClass, engineVersion, storageGib, maxStorageGib, multiAz, backupDays, proof",
      },
    ]);
  });

  test("beside the stages", () => {
    expect(problemsOf({ stages: { team: ha() }, stage: {} })).toEqual([
      { path: "stage", problem: "is not a setting here; did you mean stages?", allowed: "stages" },
    ]);
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty"])("even %s", (key) => {
    const with_ = (stage: object) => JSON.parse(`${JSON.stringify(stage).slice(0, -1)},${JSON.stringify(key)}:1}`);
    expect(of(with_(ha()))).toMatchObject([{ path: `stages.team.${key}` }]);
    expect(of({ ...ha(), nodes: with_({ rootGib: 50 }) })).toMatchObject([{ path: `stages.team.nodes.${key}` }]);
  });
});

describe("every problem is named at once", () => {
  test("of shape and of rules, in every stage", () => {
    const config = {
      stages: {
        one: { ...ha(), logDays: 1, nodes: { rootGib: 1 }, database: { storageGib: 20, multiAZ: true } },
        two: single({ access: { from: ["0.0.0.0/0"] }, dataVolume: { gib: 1 } }),
      },
      extra: 1,
    };
    expect(problemsOf(config).map(({ path }) => path)).toEqual([
      "extra",
      "stages.one.logDays",
      "stages.one.nodes.rootGib",
      "stages.one.database.multiAZ",
      "stages.two.dataVolume.gib",
      "stages.two.access.from",
      "stages.one.database.storageGib",
    ]);
  });

  test("but a rule says nothing of what could not be read", () => {
    expect(of({ ...ha(), region: 5 }).map(({ path }) => path)).toEqual(["stages.team.region"]);
    expect(
      of({ ...ha({ packageManager: { address: "https://a.example.com" } }), certificateArn: undefined, certificateARN: "x" }).map(({ path }) => path),
    ).toEqual(["stages.team.certificateARN"]);
    expect(of({ ...ha({ certificateArn: null }), plainHTTP: true }).map(({ path }) => path)).toEqual(["stages.team.plainHTTP"]);
  });

  test("also where the topology cannot be read: what is wrong whichever it is", () => {
    expect(of({ topology: "moon", logDays: 1, region: "eu-west-1", tls: 5 }).map(({ path }) => path)).toEqual([
      "stages.team.topology",
      "stages.team.account",
      "stages.team.network.zones",
      "stages.team.logDays",
      "stages.team.tls",
    ]);
  });

  test("and a rule about a stage's name is held against it whatever else is wrong there", () => {
    expect(problemsOf({ stages: { prod: ha(), "prod-eu": { ...ha(), logDays: 1 } } }).map(({ path }) => path)).toEqual([
      "stages.prod-eu.logDays",
      "stages.prod-eu",
    ]);
  });

  test.each(["Team", "a-stage-that-is-long", "", "1st", "team-", "a--b", "-a", "a1234567890-b"])(
    "a stage cannot be called %j, and what is in it is read all the same",
    (name) => {
      expect(of(ha({ logDays: 30 }), name)).toEqual([
        {
          path: `stages.${name}`,
          problem: "is no name for a stage",
          allowed: "at most 12 lower-case letters and digits, a letter first, single dashes between them",
        },
      ]);
      expect(of({ ...ha(), logDays: 1 }, name)).toHaveLength(2);
    },
  );

  test("in one message", () => {
    expect(() => readSettings({ stages: { team: { ...ha(), logDays: 1 } } })).toThrow(
      "1 problem in the settings; nothing is done\n  stages.team.logDays is 1; allowed: 7, 14, 30, 60, 90, 180 or 365",
    );
    expect(() => readSettings(null)).toThrow("  the config is null; allowed: a group of stages");
    expect(() => readSettings({ a: 1 })).toThrow("2 problems in the settings");
  });
});

describe("a secret in the wrong place is not repeated", () => {
  const secret = "S3CR3T";
  test.each([
    { ...ha(), packageManager: { license: secret } },
    { ...ha(), packageManager: { licenseKey: secret } },
    { ...ha(), packageManager: { address: `https://user:${secret}@packages.example.com/` } },
    { ...ha(), alerts: { pager: [`http://pager.example.com/${secret}`] } },
    { ...ha(), alerts: { pager: [`http://pager.example.com?key=${secret}`] } },
    { ...ha(), alerts: { pager: [secret] } },
    { ...ha(), alerts: { pager: [{ key: secret }] } },
    { ...ha(), database: secret },
  ])("%#", (stage) => {
    const problems = of(stage);
    expect(problems).not.toEqual([]);
    expect(JSON.stringify(problems)).not.toContain(secret);
  });
});

test.each(["a", "prod", "prod-eu", "a-b-c-d-e-f", "a12345678901"])("a stage may be called %j", (name) => {
  expect(Object.keys(readSettings({ stages: { [name]: single() } }))).toEqual([name]);
});

test.each([
  ["a:0", false],
  ["a:1", true],
  ["a:65535", true],
  ["a:65536", false],
  ["a:99999", false],
  ["a:08", false],
])("a licence server at %s can be read: %s", (server, good) => {
  expect(of(ha({ packageManager: { license: { kind: "floating", server } } })).length === 0).toBe(good);
});

describe("one stage", () => {
  test("is found by its name", () => {
    expect(settingsOf({ stages: { a: ha(), b: single() } }, "b").topology).toBe("single");
  });

  test.each([
    ["prodution", "is not there; did you mean production?"],
    ["constructor", "is not there"],
  ])("that is missing (%s) is answered with those that there are", (stage, problem) => {
    const find = () => settingsOf({ stages: { production: ha(), team: single() } }, stage);
    expect(find).toThrow(InvalidSettings);
    expect(find).toThrow(`stages.${stage} ${problem}; allowed: production, team`);
  });

  test("of a config that cannot be read is not given", () => {
    expect(() => settingsOf({ stages: { good: ha(), bad: {} } }, "good")).toThrow("stages.bad.topology is missing");
  });
});

test("the example in the repository can be read", () => {
  expect(Object.values(readSettings(example)).map(({ topology }) => topology)).toEqual(["ha", "single"]);
});

test("warnings come beside the settings", () => {
  const { stages, warnings } = readConfig({ stages: { team: ha({ packageManager: { license: { kind: "key" } }, alerts: {} }) } });
  expect(Object.keys(stages)).toEqual(["team"]);
  expect(warnings).toEqual([
    { id: "product-key", path: "stages.team.packageManager.license.kind", problem: expect.stringContaining("activation"), better: '"file" or "floating"' },
    { id: "nobody-told", path: "stages.team.alerts", problem: expect.stringContaining("nobody"), better: expect.stringContaining("alerts.people") },
  ]);
});
