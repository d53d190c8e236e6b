import { readFileSync } from "node:fs";
import { explain } from "@steward/core/settings/explain";
import { settingsMarkdown } from "@steward/core/settings/markdown";
import { readSettings } from "@steward/core/settings/read";
import { everyPath } from "@steward/core/settings/setting";
import { STAGE } from "@steward/core/settings/tree";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { configs, ha, single } from "./configs.ts";

const linesOf = (stage: object) => new Map(explain({ stages: { team: stage } }, "team").map((line) => [line.path, line]));

describe("every effective setting", () => {
  test("says where it comes from", () => {
    const lines = linesOf(ha({ database: { backupDays: 7 }, packageManager: { license: { kind: "floating", server: "a:8989" } } }));
    expect(lines.get("database.backupDays")).toEqual({
      path: "database.backupDays",
      value: 7,
      from: "steward.config.ts",
      words: "Days of automated backups.",
      allowed: "a whole number from 1 to 35",
    });
    expect(lines.get("database.storageGib")).toMatchObject({ value: 100, from: "default" });
    expect(lines.get("packageManager.license.server")).toMatchObject({ value: "a:8989", from: "steward.config.ts" });
    expect(lines.get("access.from")).toMatchObject({ value: ["0.0.0.0/0"], from: "default" });
    expect(lines.has("dataVolume.gib")).toBe(false);
  });

  test("of a list is told for each of its parts, and what nobody set is left out", () => {
    const lines = linesOf(single({ snapshots: { schedules: [{ id: "daily", everyHours: 24, keep: { days: 3 } }] } }));
    expect(lines.get("snapshots.schedules[0].keep.days")).toMatchObject({ value: 3, from: "steward.config.ts" });
    expect(lines.has("snapshots.schedules[0].keep.count")).toBe(false);
    expect(lines.get("snapshots.floor")).toMatchObject({ value: 3, from: "default" });
    expect(linesOf(single()).get("snapshots.schedules[2].id")).toMatchObject({ value: "weekly", from: "default" });
  });

  test("of a group that may be left out is the group itself where it is, and its parts where it is not", () => {
    const lines = (lock?: { newest: number; days: number } | null) => linesOf(single({ snapshots: { lock } }));
    expect(lines().get("snapshots.lock")).toMatchObject({ value: null, from: "default", allowed: "null, or a group of newest, days" });
    expect(lines(null).get("snapshots.lock")).toMatchObject({ value: null, from: "steward.config.ts" });
    expect(lines(null).has("snapshots.lock.days")).toBe(false);
    expect(lines({ newest: 3, days: 7 }).get("snapshots.lock.days")).toMatchObject({ value: 7, from: "steward.config.ts" });
    expect(lines({ newest: 3, days: 7 }).has("snapshots.lock")).toBe(false);
  });

  test("is in the schema's order, with words and what is allowed", () => {
    for (const [topology, stage] of [
      ["single", single()],
      ["ha", ha()],
    ] as const) {
      const known = [...new Set(everyPath(STAGE.options.get(topology)))];
      const paths = [...linesOf(stage).keys()].filter((path) => known.includes(path));
      expect(paths).toEqual(known.filter((path) => paths.includes(path)));
    }
    fc.assert(
      fc.property(configs, (config) => {
        for (const stage of Object.keys(config.stages))
          for (const { words, allowed } of explain(config, stage))
            expect([words, allowed]).toEqual([expect.stringMatching(/^\S.*\.$/), expect.stringMatching(/\w/)]);
      }),
    );
  });

  test("is there, and nothing else: the lines are the settings", () => {
    fc.assert(
      fc.property(configs, (config) => {
        const settings = readSettings(config);
        for (const [stage, effective] of Object.entries(settings)) {
          const open = { ...effective, alerts: { ...effective.alerts, pager: effective.alerts.pager.map(() => "https://pager.example.com/…") } };
          expect(new Map(explain(config, stage).map(({ path, value }) => [path, value]))).toEqual(new Map(leaves(open, "")));
        }
      }),
    );
  });

  test("is shown without the path of a receiver's URL", () => {
    const lines = linesOf(ha({ alerts: { pager: ["https://pager.example.com/S3CR3T", "https://pager.example.com"] } }));
    expect(lines.get("alerts.pager")?.value).toEqual(["https://pager.example.com/…", "https://pager.example.com"]);
  });
});

function leaves(value: unknown, path: string): [string, unknown][] {
  if (Array.isArray(value) && typeof value[0] === "object") return value.flatMap((entry, index) => leaves(entry, `${path}[${index}]`));
  if (value === null || typeof value !== "object" || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, entry]) => leaves(entry, path === "" ? key : `${path}.${key}`));
}

test("docs/settings.md is current: npx steward config --markdown > docs/settings.md", () => {
  expect(readFileSync(new URL("../../../docs/settings.md", import.meta.url), "utf8")).toBe(settingsMarkdown());
});
