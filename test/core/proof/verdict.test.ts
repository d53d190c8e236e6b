import type { ProofReport } from "@steward/core/fleet/proof-report";
import { judge } from "@steward/core/proof/verdict";
import { describe, expect, test } from "vitest";
import { COPY, COPY_DOCUMENT, proofOf } from "./builders.ts";

const wanted = { ...COPY_DOCUMENT, copyId: COPY };
const [database] = proofOf().databases as [ProofReport["databases"][number]];
const databases = (but: Partial<typeof database>) => ({ databases: [{ ...database, ...but }] });
const silent = { metadata: null, package: null, packageBecause: "Package Manager does not run" };

test("of a copy on which all is well is that it is proven, in one line for each check", () => {
  expect(judge(proofOf(), wanted)).toEqual({
    standing: "proven",
    lines: [
      `${COPY} is mounted`,
      "rstudio-pm.sqlite is whole",
      "2 tables, the largest is rstudio-pm.sqlite/packages with 41 rows",
      `the version is ${wanted.version}`,
      "the config is the fleet's",
      "the encryption key is the fleet's",
      "Package Manager answers",
      "the index of cran came, 9000 bytes",
      "praise came, 6000 bytes",
    ],
    against: [],
  });
});

describe("the verdict", () => {
  test.each<[string, Partial<ProofReport>, string]>([
    ["no volume", { volume: null }, `${COPY} is not mounted`],
    ["another volume", { volume: "vol-0f" }, `vol-0f is mounted, not ${COPY}`],
    ["no database", { databases: [] }, "there is no database on it"],
    ["a broken database", databases({ integrity: "database disk image is malformed" }), "rstudio-pm.sqlite: database disk image is malformed"],
    ["empty tables", databases({ tables: [{ name: "packages", rows: 0 }] }), "no table of it has a row"],
    ["no tables", databases({ tableCount: 0, tables: [] }), "no table of it has a row"],
    ["another version", { version: "2025.01.0" }, `the version is 2025.01.0, not ${wanted.version}`],
    ["an unknown version", { version: null }, `the version is unknown, not ${wanted.version}`],
    ["another config", { configFingerprint: `v1:5a17ed00:${"0".repeat(64)}` }, "the config is not the fleet's"],
    ["a config that can't be compared", { configFingerprint: null }, "the config is not the fleet's"],
    ["another key", { keyFingerprint: "other" }, "the encryption key is not the fleet's"],
  ])("on %s is that the restore failed", (_what, but, against) => {
    expect(judge(proofOf(but), wanted)).toMatchObject({ standing: "failed", against: [against] });
  });

  test.each<[string, Partial<ProofReport>, string[]]>([
    [
      "a database not looked at to its end",
      databases({ integrity: "not known: not at its end after 600 s" }),
      ["rstudio-pm.sqlite: not known: not at its end after 600 s"],
    ],
    ["tables that were not listed", databases({ tableCount: null, tables: [] }), ["the rows could not be counted"]],
    ["tables that were not counted", databases({ tables: [{ name: "packages", rows: null }] }), ["the rows could not be counted"]],
    [
      "a service that starts",
      { ...silent, service: { state: "activating", since: null } },
      ["Package Manager does not answer", "no index: Package Manager does not run", "no package: Package Manager does not run"],
    ],
    ["a service that does not answer", { ping: { kind: "timeout" } }, ["Package Manager does not answer"]],
    ["a service that answers with errors", { ping: { kind: "answer", status: 500, ms: 3 } }, ["Package Manager does not answer"]],
    ["an index that does not come", { metadata: { repository: "cran", path: "/", status: 502, bytes: 0, ms: 1 } }, ["the index of cran: status 502"]],
    ["a package that does not come", { package: { name: "praise", path: "/", status: 404, bytes: 0, ms: 1 } }, ["praise: status 404"]],
  ])("on %s is open", (_what, but, against) => {
    expect(judge(proofOf(but), wanted)).toMatchObject({ standing: "open", against });
  });

  test("on something bad does not wait for what is open", () => {
    expect(judge(proofOf({ ...silent, keyFingerprint: null }), wanted).standing).toBe("failed");
  });

  test.each([
    ["a server without repositories", { metadata: null, package: null, packageBecause: "the server has no repository of R or Python" }],
    ["packages that are not stored", { package: null, packageBecause: "none of 20 packages came from the volume" }],
    ["a server with empty repositories", { package: null, packageBecause: "no index names a package" }],
    ["a table that was not counted among those that were", { databases: [{ ...database, tables: [{ name: "more", rows: null }, ...database.tables] }] }],
    ["one that was not counted behind them", { databases: [{ ...database, tables: [...database.tables, { name: "more", rows: null }] }] }],
  ])("on %s is that it is proven", (_what, but) => {
    expect(judge(proofOf(but), wanted).standing).toBe("proven");
  });

  test.each([silent, { ...silent, packageBecause: null }])("where Package Manager may not start does not ask for its service", (but) => {
    const { standing, lines } = judge(proofOf({ ...but, ping: { kind: "refused" } }), { ...wanted, starts: false });
    expect([standing, lines.at(-1)]).toEqual(["proven", expect.stringContaining("was not started")]);
  });

  test("says nothing in the place of a reason that nobody gave", () => {
    expect(judge(proofOf({ ...silent, packageBecause: null }), wanted).against).toEqual(["no index: null", "no package: null"]);
  });
});
