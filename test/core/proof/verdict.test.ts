import type { DataLook, ProofReport } from "@steward/core/fleet/proof-report";
import type { Held } from "@steward/core/proof/fleet-checks";
import { heldOf } from "@steward/core/proof/fleet-checks";
import { judge, judgeData } from "@steward/core/proof/verdict";
import { describe, expect, test } from "vitest";
import { ago } from "../builders.ts";
import { ALONE, COPY, COPY_DOCUMENT, counts, dataOf, proofOf, record, untouched } from "./builders.ts";

const wanted = { ...COPY_DOCUMENT, copyId: COPY, fleet: counts(), isRecent: true };
const [database] = dataOf().databases as [DataLook["databases"][number]];
const databases = (but: Partial<typeof database>) => ({ databases: [{ ...database, ...but }] });
const silent = { repositories: null, metadata: null, package: null, packageBecause: "Package Manager does not run" };
const ofData = (but: Partial<DataLook>, held: Partial<Held> = {}) => judgeData(untouched({ data: dataOf(but) }), { ...wanted, ...held });
const ofServer = (but: Partial<ProofReport>, held: Partial<typeof wanted> = {}) => judge(dataOf(), proofOf(but), { ...wanted, ...held });

test("of a copy on which all is well is that it is proven, in one line for each check", () => {
  expect(ofServer({})).toEqual({
    standing: "proven",
    lines: [
      `${COPY} is mounted`,
      "the service reaches no other computer",
      "rstudio-pm.sqlite is whole",
      "2 tables, the largest is rstudio-pm.sqlite/packages with 41 rows",
      "rstudio-pm.sqlite has 44 rows, and 44 at the fleet",
      "12 packages are stored, and 12 at the fleet",
      `the version is ${wanted.version}`,
      "the config is the fleet's",
      "the encryption key is the fleet's",
      "Package Manager answers",
      "2 repositories, and 2 at the fleet",
      "the index of cran came, 9000 bytes",
      "praise came, 6000 bytes",
    ],
    against: [],
  });
});

describe("what was restored", () => {
  test("is well", () => expect(ofData({})).toMatchObject({ standing: "proven", against: [] }));

  test.each<[string, Partial<DataLook>, string]>([
    ["no database", { databases: [] }, "there is no database on it"],
    ["a broken database", databases({ integrity: "database disk image is malformed" }), "rstudio-pm.sqlite: database disk image is malformed"],
    ["empty tables", databases({ rows: 0, tables: [{ name: "packages", rows: 0 }] }), "no table of it has a row"],
    ["no tables", databases({ rows: 0, tableCount: 0, tables: [] }), "no table of it has a row"],
    ["no package where the fleet has a dozen", { storedFiles: 0 }, "0 packages are stored, and 12 at the fleet"],
  ])("fails with %s", (_what, but, against) => expect(ofData(but)).toMatchObject({ standing: "failed", against: [against] }));

  test.each<[string, Partial<DataLook>, Partial<Held>, string]>([
    ["less than half of the rows", databases({ rows: 21 }), {}, "rstudio-pm.sqlite has 21 rows, and 44 at the fleet"],
    ["a database missing", databases({ name: "other.db" }), {}, "rstudio-pm.sqlite is not on it, and has 44 rows at the fleet"],
    ["none of a few packages", { storedFiles: 0 }, { fleet: counts({ storedFiles: 9 }) }, "0 packages are stored, and 9 at the fleet"],
    ["less than half of the packages", { storedFiles: 5 }, {}, "5 packages are stored, and 12 at the fleet"],
    [
      "none, of nobody knows how many",
      { storedFiles: 0 },
      { fleet: counts({ storedFiles: null }) },
      "no package is stored, and nobody knows how many the fleet has",
    ],
    ["nothing to hold it against", {}, { fleet: null }, "nobody knows how much the fleet has"],
    [
      "no rows to hold it against",
      {},
      { fleet: counts({ databases: [{ name: "rstudio-pm.sqlite", rows: null }] }) },
      "the rows of the fleet could not be counted",
    ],
    ["files that nobody knows", { otherFiles: ["main.dat"] }, {}, "nobody knows what these among the databases are: main.dat"],
    ["nothing but such files", { databases: [], otherFiles: ["main.dat"] }, {}, "nobody knows what these among the databases are: main.dat"],
  ])("decides nothing with %s", (_what, but, held, against) => expect(ofData(but, held)).toMatchObject({ standing: "unfit", against: [against] }));

  test.each<[string, Partial<DataLook>, Partial<Held>]>([
    ["half of what the fleet has now, which grows", { ...databases({ rows: 22 }), storedFiles: 6 }, {}],
    ["less, of an older snapshot", { ...databases({ rows: 1 }), storedFiles: 1 }, { isRecent: false }],
    ["more than the fleet", { storedFiles: 90 }, {}],
    ["packages, where nobody knows how many the fleet has", {}, { fleet: counts({ storedFiles: null }) }],
    ["no package, like the fleet", { storedFiles: 0 }, { fleet: counts({ storedFiles: 0 }) }],
    ["no database that is empty at the fleet", {}, { fleet: counts({ databases: [...counts().databases, { name: "new.db", rows: 0 }] }) }],
    ["a table that was not counted among those that were", { databases: [{ ...database, tables: [{ name: "more", rows: null }, ...database.tables] }] }, {}],
  ])("is well with %s", (_what, but, held) => expect(ofData(but, held).standing).toBe("proven"));

  test.each<[string, Partial<DataLook>, string[]]>([
    [
      "a database not looked at to its end",
      databases({ integrity: "not known: not at its end after 600 s" }),
      ["rstudio-pm.sqlite: not known: not at its end after 600 s"],
    ],
    [
      "a database that nobody could ask",
      databases({ integrity: "not known: sqlite3 ended with exit code 5" }),
      ["rstudio-pm.sqlite: not known: sqlite3 ended with exit code 5"],
    ],
    [
      "tables that were not listed",
      databases({ rows: null, tableCount: null, tables: [] }),
      ["the rows could not be counted", "the rows of rstudio-pm.sqlite could not be counted"],
    ],
    [
      "tables that were not counted",
      databases({ rows: null, tables: [{ name: "packages", rows: null }] }),
      ["the rows could not be counted", "the rows of rstudio-pm.sqlite could not be counted"],
    ],
    ["packages that were not counted", { storedFiles: null }, ["the stored packages could not be counted"]],
  ])("is open with %s", (_what, but, against) => expect(ofData(but)).toMatchObject({ standing: "open", against }));

  test("is held against the fleet as long as the snapshot is younger than a month", () => {
    expect([heldOf(record()), heldOf(record({ slot: ago({ days: 31 }), fleet: null }))]).toEqual([
      { fleet: counts(), isRecent: true },
      { fleet: null, isRecent: false },
    ]);
  });
});

describe("a look that is none", () => {
  test.each<[string, Partial<ProofReport>, string, string]>([
    ["nothing is mounted", { volume: null }, "unfit", `${COPY} is not mounted`],
    ["another volume is mounted", { volume: "vol-0f" }, "unfit", `vol-0f is mounted, not ${COPY}`],
    ["the service may reach everybody", { isolation: { denied: [], allowed: [] } }, "unfit", "by systemd's word the service is not kept from other computers"],
    [
      "the service may reach somebody",
      { isolation: { ...ALONE, allowed: ["10.0.0.0/8"] } },
      "unfit",
      "by systemd's word the service is not kept from other computers",
    ],
    ["systemd does not say whom it may reach", { isolation: null }, "open", "systemd does not say whether the service is kept from other computers"],
    [
      "Package Manager runs on it already",
      { data: null, service: { state: "active", since: null } },
      "unfit",
      "Package Manager was started on it before anybody had looked",
    ],
    [
      "systemd does not say whether it ran",
      { data: null, service: { state: "unknown", since: null } },
      "open",
      "systemd does not say whether Package Manager was started on it",
    ],
    ["it says that it never ran, and nobody looked", { data: null }, "open", "systemd does not say whether Package Manager was started on it"],
  ])("says nothing of the snapshot: %s", (_what, but, standing, against) =>
    expect(judgeData(untouched(but), wanted)).toMatchObject({ standing, against: [against] }),
  );
});

describe("the server on it", () => {
  test.each<[string, Partial<ProofReport>, string]>([
    ["another version", { version: "2025.01.0" }, `the version is 2025.01.0, not ${wanted.version}`],
    ["an unknown version", { version: null }, `the version is unknown, not ${wanted.version}`],
    ["another config", { configFingerprint: `v1:5a17ed00:${"0".repeat(64)}` }, "the config is not the fleet's"],
    ["a config that can't be compared", { configFingerprint: null }, "the config is not the fleet's"],
    ["another key", { keyFingerprint: "other" }, "the encryption key is not the fleet's"],
    ["less than half of the repositories", { repositories: 2 }, "2 repositories, and 5 at the fleet"],
  ])("decides nothing with %s, which is none of the snapshot's", (_what, but, against) => {
    expect(ofServer(but, { fleet: counts({ repositories: but.repositories ? 5 : 2 }) })).toMatchObject({ standing: "unfit", against: [against] });
  });

  test("fails without a repository, as Package Manager makes itself one, where the fleet has some", () => {
    const none = { repositories: 0, metadata: null, package: null, packageBecause: "the server has no repository of R or Python" };
    expect(ofServer(none)).toMatchObject({ standing: "failed", against: ["0 repositories, and 2 at the fleet"] });
    expect(ofServer(none, { fleet: counts({ repositories: 0 }) }).standing).toBe("proven");
    expect(ofServer(none, { fleet: counts({ repositories: null }) })).toMatchObject({
      standing: "unfit",
      against: ["the server has no repository, and nobody knows how many the fleet has"],
    });
    expect(ofServer({}, { fleet: counts({ repositories: null }) }).standing).toBe("proven");
  });

  test.each<[string, Partial<ProofReport>, string[]]>([
    [
      "while it starts",
      { ...silent, service: { state: "activating", since: null } },
      [
        "Package Manager does not answer",
        "the server does not list its repositories",
        "no index: Package Manager does not run",
        "no package: Package Manager does not run",
      ],
    ],
    ["that does not answer", { ping: { kind: "timeout" } }, ["Package Manager does not answer"]],
    ["that answers with errors", { ping: { kind: "answer", status: 500, ms: 3 } }, ["Package Manager does not answer"]],
    ["whose index does not come", { metadata: { repository: "cran", path: "/", status: 502, bytes: 0, ms: 1 } }, ["the index of cran: status 502"]],
    ["whose package does not come", { package: { name: "praise", path: "/", status: 404, bytes: 0, ms: 1 } }, ["praise: status 404"]],
    ["that gives no reason", { ...silent, repositories: 2, packageBecause: null }, ["no index: null", "no package: null"]],
  ])("is open %s", (_what, but, against) => expect(ofServer(but)).toMatchObject({ standing: "open", against }));

  test.each([
    ["packages that are stored under other names", { package: null, packageBecause: "none of 20 packages came from the volume" }],
    ["empty repositories", { package: null, packageBecause: "no index names a package" }],
  ])("is proven with %s", (_what, but) => expect(ofServer(but).standing).toBe("proven"));

  test("is not asked where Package Manager may not start: the data alone are proven, and that is said", () => {
    const { standing, lines } = judge(dataOf(), untouched({ isolation: null }), { ...wanted, starts: false });
    expect([standing, lines.at(-1)]).toEqual(["proven", expect.stringMatching(/^data only: Package Manager was not started/)]);
  });

  test("does not make up for what was restored", () => {
    expect(judge(dataOf({ databases: [] }), proofOf(), wanted)).toMatchObject({ standing: "failed", against: ["there is no database on it"] });
  });
});
