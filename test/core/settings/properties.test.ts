import { explain } from "@steward/core/settings/explain";
import { InvalidSettings } from "@steward/core/settings/invalid-settings";
import { pathOf } from "@steward/core/settings/paths";
import { readSettings } from "@steward/core/settings/read";
import fc from "fast-check";
import { expect, test } from "vitest";
import { apart, configs, problemsOf, single } from "./configs.ts";

test("what was read reads to itself", () => {
  fc.assert(
    fc.property(configs, (config) => {
      const stages = readSettings(config);
      expect(readSettings({ stages })).toEqual(stages);
      expect(readSettings(JSON.parse(JSON.stringify({ stages })))).toEqual(stages);
    }),
  );
});

test("another stage never changes what holds for those that are there", () => {
  fc.assert(
    fc.property(configs, configs, ({ stages }, more) => {
      const [others] = Object.entries(more.stages);
      fc.pre(apart([...Object.keys(stages), ...Object.keys(more.stages).slice(0, 1)]));
      const both = readSettings({ stages: { ...(others && { [others[0]]: others[1] }), ...stages } });
      expect(both).toMatchObject(readSettings({ stages }));
      for (const name of Object.keys(stages)) expect(both[name]).toEqual(readSettings({ stages })[name]);
    }),
  );
});

/** Paths to every group that is written. */
const groups = (value: unknown, at: PropertyKey[] = []): PropertyKey[][] =>
  value === null || typeof value !== "object"
    ? []
    : [
        ...(Array.isArray(value) ? [] : [at]),
        ...Object.entries(value).flatMap(([key, entry]) => groups(entry, [...at, Array.isArray(value) ? Number(key) : key])),
      ];

/** A copy of what is written with something else at a path; groups that are not there are made. */
function put(value: unknown, [key, ...rest]: readonly PropertyKey[], what: unknown): unknown {
  if (key === undefined) return what;
  const copy: object = Array.isArray(value) ? [...value] : { ...Object(value) };
  const inner = put(Object.getOwnPropertyDescriptor(copy, key)?.value, rest, what);
  return Object.defineProperty(copy, key, { value: inner, enumerable: true, configurable: true, writable: true });
}

const unknownKey = fc.oneof(fc.constantFrom("__proto__", "constructor", "toString", "valueOf", "Account", "stage"), fc.stringMatching(/^[A-Z][a-zA-Z]{1,12}$/));

test("a key that is not known is refused wherever it is, by its path", () => {
  fc.assert(
    fc.property(configs, unknownKey, fc.nat(), fc.anything(), (config, key, pick, value) => {
      const all = groups(config).filter((path) => path.length !== 1);
      const path = [...(all[pick % all.length] ?? []), key];
      expect(problemsOf(put(config, path, value)).map((problem) => problem.path)).toEqual([pathOf(path)]);
    }),
  );
});

const key = fc.oneof(
  fc.constantFrom("topology", "account", "region", "network", "zones", "packageManager", "license", "kind", "server", "access", "from", "database"),
  fc.constantFrom("storageGib", "snapshots", "schedules", "keep", "days", "alerts", "pager", "storage", "bucket", "nodes", "topologi", "xyz", "__proto__"),
  fc.nat(1),
);
const anyValue = fc.oneof(
  fc.anything(),
  fc.constantFrom<unknown>("single", "ha", "floating", undefined, null, ["single"], { kind: ["file"] }, [], {}, 0, -1, "0.0.0.0/0"),
);
const edits = fc.array(fc.record({ path: fc.array(key, { minLength: 1, maxLength: 4 }), value: anyValue }), { maxLength: 4 });

test("whatever stands in the place of settings, they are read and explained or refused in words", () => {
  fc.assert(
    fc.property(configs, edits, (config, changes) => {
      const [stage = ""] = Object.keys(config.stages);
      const changed = changes.reduce<unknown>((written, { path, value }) => put(written, ["stages", stage, ...path], value), config);
      const problems = problemsOf(changed);
      for (const problem of problems)
        expect(problem).toEqual({
          path: expect.any(String),
          problem: expect.stringMatching(/^(is|has|names|lets in|keeps|shares) /),
          allowed: expect.stringMatching(/\w/),
        });
      expect(new Set(problems.map(({ path, problem }) => path + problem)).size).toBe(problems.length);
      if (problems.length === 0) expect(explain(changed, stage).length).toBeGreaterThan(20);
    }),
    { numRuns: 500 },
  );
});

test("whatever is no config is refused in words", () => {
  fc.assert(
    fc.property(fc.anything(), (anything) => {
      expect(() => readSettings(anything)).toThrow(InvalidSettings);
      expect(() => readSettings({ stages: anything })).toThrow(InvalidSettings);
      expect(() => readSettings({ stages: { team: anything } })).toThrow(InvalidSettings);
      expect(() => readSettings({ stages: { team: { ...single(), topology: anything } } })).toThrow(InvalidSettings);
    }),
  );
});
