import { CountReport } from "@steward/core/fleet/count-report";
import type { ProofReport } from "@steward/core/fleet/proof-report";
import { runVerb } from "@steward/node/dispatch";
import { PATHS } from "@steward/node/paths";
import { fitted } from "@steward/node/verbs/prove";
import { describe, expect, test } from "vitest";
import { CANARIES, documentOf, inEffect, KEY_FINGERPRINT, pointer, VOLUME } from "./a-fleet.ts";
import { aHost, aNode, changing, envelope, type StubHost, want, written } from "./a-host.ts";
import { aMountedCopy, aProver, aServedCopy, body, documentOfCopy, json, proved, status } from "./a-proof.ts";

const LOAD = "systemd-run --unit=steward-load --remain-after-exit /usr/bin/dd if=/dev/nvme1n1 of=/dev/null bs=1M iflag=direct status=none";
const shown = (active: string, sub: string, until = "") => ({
  "systemctl show steward-load.service": {
    stdout: `LoadState=loaded\nActiveState=${active}\nSubState=${sub}\nExecMainStartTimestamp=Mon 2026-01-05 09:00:00 UTC\nExecMainExitTimestamp=${until}\n`,
  },
});

const COPY_ALONE = { denied: ["::/0", "0.0.0.0/0"], allowed: ["127.0.0.0/8", "::1/128"] };

describe("prove", () => {
  const about = {
    proof: 1,
    instanceId: "i-0123456789abcdef0",
    at: new Date("2026-01-05T09:00:00.000Z"),
    volume: VOLUME,
    isolation: COPY_ALONE,
    version: "2026.08.0",
    configFingerprint: inEffect(documentOfCopy()).state.configFingerprint,
    keyFingerprint: KEY_FINGERPRINT,
    licenseStatus: "Activated",
    loaded: { state: "not-begun", since: null, until: null },
    end: "end-of-report",
  };

  test("reports what was restored, as long as Package Manager was never started on it", async () => {
    const host = await aMountedCopy({ databases: ["main.db", "usage.sqlite", "main.db-wal", "usage.sqlite-journal", "main.dat"] });
    host.says = { "find ": { exitCode: 1, stdout: "x\nx\nx\n" } };
    expect(await proved(host)).toMatchObject({
      ...about,
      data: {
        databases: ["main.db", "usage.sqlite"].map((name) => ({
          name,
          integrity: "ok",
          rows: 19,
          tableCount: 2,
          tables: [
            { name: "packages", rows: 12 },
            { name: 'so"urces', rows: 7 },
          ],
        })),
        otherFiles: ["main.dat"],
        storedFiles: 3,
      },
      service: { state: "inactive" },
      repositories: null,
      metadata: null,
      package: null,
      packageBecause: "Package Manager does not run",
    });
    expect(host.ran.filter((line) => line.includes("sqlite3"))[1]).toBe(
      "runuser -u rstudio-pm -- timeout --kill-after=5 60 sqlite3 -init /dev/null -json -cmd .timeout 5000 " +
        '/var/lib/rstudio-pm/db/main.db SELECT count(*) FROM "packages"',
    );
    expect(host.ran.filter((line) => line.includes("sqlite3"))[2]).toContain('FROM "so""urces"');
  });

  test("reports how Package Manager serves on it, and looks at nothing any more that that may have made", async () => {
    const host = await aServedCopy();
    const before = host.seen();
    expect(await proved(host)).toEqual({
      ...about,
      data: null,
      runningVersion: "2026.08.0",
      service: { state: "active", since: new Date("2026-01-05T08:58:30.000Z") },
      ping: { kind: "answer", status: 200, ms: 3 },
      repositories: 1,
      metadata: { repository: "cran", path: "/cran/latest/src/contrib/PACKAGES", status: 200, bytes: 57, ms: 3 },
      package: { name: "zoo", path: "/cran/latest/src/contrib/zoo_1.8.tar.gz", status: 200, bytes: 6, ms: 3 },
      packageBecause: null,
    });
    expect([host.seen(), host.written, host.ran.filter((line) => line.includes("sqlite3"))]).toEqual([before, [], []]);
    host.service.state = "failed";
    expect((await proved(host)).data).toBeNull();
    host.service.state = "inactive";
    expect((await proved(host)).data).toBeNull();
  });

  test("leaves stored packages uncounted where that takes too long", async () => {
    const host = await aMountedCopy();
    host.says = { "find ": { exitCode: 124 } };
    expect((await proved(host)).data?.storedFiles).toBeNull();
  });

  test.each([
    ["systemd does not answer", { exitCode: 1 }],
    ["it shows one of the two", { stdout: "IPAddressDeny=\n" }],
    ["there are more ranges than anybody needs", { stdout: `IPAddressDeny=::/0 0.0.0.0/0\nIPAddressAllow=${"10.0.0.1/32 ".repeat(21)}\n` }],
  ])("says nothing of the isolation where %s", async (_what, answer) => {
    const host = await aMountedCopy();
    host.says = { "systemctl show rstudio-pm --property=IPAddressDeny": answer };
    expect((await proved(host)).isolation).toBeNull();
  });

  test("takes no lock, and leaves no receipt", async () => {
    const host = await aServedCopy();
    host.locked = true;
    expect(await proved(host)).toMatchObject({ volume: VOLUME });
    expect(written(host)).toEqual([]);
  });

  test("is refused on a node that serves, and on one that does not know what it is for", async () => {
    const node = await aNode("single");
    node.ran = [];
    const refused = { exitCode: 3, stdout: "", stderr: "steward-node: this node was not launched to prove a copy\n" };
    expect(await runVerb(node, "prove", envelope())).toEqual(refused);
    node.drop(PATHS.settings);
    expect(await runVerb(node, "prove", envelope())).toEqual(refused);
    expect(node.ran).toEqual([]);
  });

  test("says so where nothing is mounted, or where findmnt does not answer, and reads no device then", async () => {
    const host = aProver();
    expect(await proved(host)).toMatchObject({
      volume: null,
      data: null,
      loaded: { state: "not-begun" },
      packageBecause: expect.stringContaining("licence"),
    });
    host.says = { findmnt: { exitCode: 124 }, [`${PATHS.licenseManager} status`]: { exitCode: 1 } };
    expect(await proved(host)).toMatchObject({ volume: null, licenseStatus: null });
    expect(host.ran).not.toContain(LOAD);
  });

  test("names no volume where the device is none of EC2's", async () => {
    const host = await aServedCopy();
    host.put("/sys/class/block/nvme1n1/device/serial", "AWS0123\n");
    expect(await proved(host)).toMatchObject({ volume: null });
    host.drop("/sys/class/block/nvme1n1/device/serial");
    expect(await proved(host)).toMatchObject({ volume: null });
  });

  test("does not ask a server that does not run", async () => {
    const host = await aServedCopy();
    host.service.state = "failed";
    expect(await proved(host)).toMatchObject({ metadata: null, package: null, packageBecause: "Package Manager does not run" });
  });
});

describe("the reading of the whole device", () => {
  test("is begun by the first call, and only looked at by the next", async () => {
    const host = await aServedCopy();
    const { exec } = host;
    host.exec = async (command, ...rest) => {
      const ended = await exec(command, ...rest);
      if (command === "systemd-run") host.says = { ...host.says, ...shown("active", "running") };
      return ended;
    };
    expect((await proved(host)).loaded).toEqual({ state: "running", since: new Date("2026-01-05T09:00:00.000Z"), until: null });
    host.says = shown("active", "exited", "Mon 2026-01-05 09:31:00 UTC");
    expect((await proved(host)).loaded).toEqual({ state: "done", since: new Date("2026-01-05T09:00:00.000Z"), until: new Date("2026-01-05T09:31:00.000Z") });
    host.says = shown("failed", "failed", "Mon 2026-01-05 09:01:00 UTC");
    expect((await proved(host)).loaded).toMatchObject({ state: "failed", until: new Date("2026-01-05T09:01:00.000Z") });
    expect(host.ran.filter((line) => line.startsWith("systemd-run"))).toEqual([LOAD]);
  });
});

describe("databases", () => {
  const only = async (host: StubHost) => (await proved(host)).data?.databases[0];

  test("tell the first thing that is wrong with them, and not all of it", async () => {
    const problem = `*** in database main ***\n${"x".repeat(300)}`;
    const host = await aMountedCopy({ answers: (_, sql) => (sql.startsWith("PRAGMA") ? json([{ integrity_check: problem }]) : undefined) });
    expect((await only(host))?.integrity).toBe(problem.slice(0, 200));
  });

  test.each([
    [11, "database disk image is malformed"],
    [26, "file is not a database"],
    [1, "not known: sqlite3 ended with exit code 1"],
    [5, "not known: sqlite3 ended with exit code 5"],
    [14, "not known: sqlite3 ended with exit code 14"],
    [127, "not known: sqlite3 ended with exit code 127"],
    [124, "not known: not at its end after 780 s"],
    [137, "not known: not at its end after 780 s"],
  ])("that sqlite3 ends at with %i hold nothing that is known: %s", async (exitCode, integrity) => {
    const host = await aMountedCopy({ answers: () => ({ exitCode, stdout: "" }) });
    expect(await only(host)).toEqual({ name: "main.db", integrity, rows: null, tableCount: null, tables: [] });
  });

  test("that answer in no way that is understood are not taken for well", async () => {
    const host = await aMountedCopy({ answers: (_, sql) => (sql.startsWith("PRAGMA") ? { stdout: "{}" } : json([])) });
    expect(await only(host)).toEqual({ name: "main.db", integrity: "not known: sqlite3 said nothing", rows: 0, tableCount: 0, tables: [] });
  });

  test("are listed with their forty largest tables, those at the end that can't be counted", async () => {
    const names = Array.from({ length: 50 }, (_, index) => ({ name: `${index === 3 ? "x".repeat(150) : `table-${index}`}` }));
    const host = await aMountedCopy({
      answers: (_, sql) => {
        if (sql.startsWith("SELECT name")) return json(names);
        const index = Number(/table-(\d+)/.exec(sql)?.[1] ?? 3);
        if (sql.startsWith("SELECT count")) return index > 30 ? { exitCode: 11 } : json([{ n: index === 3 ? 1_000_000 : index }]);
        return undefined;
      },
    });
    const found = await only(host);
    expect([found?.tableCount, found?.tables.length, found?.tables[0], found?.tables[1]]).toEqual([
      50,
      40,
      { name: "x".repeat(100), rows: 1_000_000 },
      { name: "table-30", rows: 30 },
    ]);
    expect(found?.tables.at(-1)?.rows).toBeNull();
  });

  test("that nobody got to say so, and whoever takes too long does not take the others' time for ever", async () => {
    const host = await aMountedCopy({
      databases: ["a.db", "b.db"],
      answers: (database, sql, seconds) => {
        if (database !== "a.db" || !sql.startsWith("PRAGMA")) return undefined;
        host.time += seconds * 1000;
        return { exitCode: 124 };
      },
    });
    const { data, at } = await proved(host);
    expect(data?.databases.map(({ integrity }) => integrity)).toEqual(["not known: not at its end after 780 s", "not looked at: there was no time left"]);
    expect(at).toEqual(new Date("2026-01-05T09:13:00.000Z"));
  });
});

describe("a report that would be too long", () => {
  test("keeps its largest tables and its end", () => {
    const tables = Array.from({ length: 40 }, (_, index) => ({ name: `${index}-${"n".repeat(90)}`, rows: 40 - index }));
    const report = {
      proof: 1,
      data: { databases: Array.from({ length: 10 }, (_, index) => ({ name: `${index}.db`, integrity: "ok", tableCount: 40, tables })) },
      end: "end-of-report",
    };
    const text = fitted(report as unknown as ProofReport);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(16 * 1024);
    expect(text.endsWith('"end":"end-of-report"}')).toBe(true);
    expect(JSON.parse(text).data.databases[9].tables).toEqual(tables.slice(0, 10));
  });

  test("ends where there is nothing left to leave out", () => {
    const report = { data: { databases: [] }, packageBecause: "x".repeat(20_000) };
    const served = { data: null, packageBecause: "x".repeat(20_000) };
    expect(JSON.parse(fitted(served as unknown as ProofReport))).toEqual(served);
    expect(JSON.parse(fitted(report as unknown as ProofReport))).toEqual(report);
  });
});

describe("a node that proves a copy", () => {
  test("does nothing by itself at its boot but take secrets away that a killed command left", async () => {
    const host = aProver();
    host.put(PATHS.passfile, CANARIES.master);
    expect(await runVerb(host, "boot", undefined)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect([host.seen()[PATHS.passfile], host.ran, host.written, host.letIn, host.journal]).toEqual([
      undefined,
      [],
      [],
      [],
      ["waits for Steward: this node proves a copy"],
    ]);
  });

  test.each(["init-database", "restart", "drain", "resume", "quiesce", "thaw"])("refuses %s, and touches nothing for it", async (verb) => {
    const host = await aServedCopy();
    expect(await runVerb(host, verb, envelope({ key: verb }))).toMatchObject({
      exitCode: 3,
      stderr: "steward-node: this node proves a copy and serves nobody\n",
    });
    expect([host.ran, written(host)]).toEqual([[], []]);
  });

  test("starts nothing until a command says so, because what was restored is looked at first", async () => {
    const host = aProver();
    expect(await runVerb(host, "converge", envelope())).toMatchObject({ exitCode: 0, stderr: "" });
    expect([host.service.state, host.service.masked, host.volume.mountedFrom]).toEqual(["inactive", false, "/dev/nvme1n1"]);
    expect(await runVerb(host, "converge", envelope({ key: "second", start: true }))).toMatchObject({ exitCode: 0, stderr: "" });
    expect(host.service.state).toBe("active");
  });

  test("starts nothing that systemd would not keep from other computers, whatever its file says", async () => {
    const host = aProver();
    host.says = { "systemctl show rstudio-pm --property=IPAddressDeny": { stdout: "IPAddressDeny=\nIPAddressAllow=\n" } };
    expect(await runVerb(host, "converge", envelope({ start: true }))).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("by systemd's word") });
    expect(host.service.state).toBe("inactive");
  });

  test("converges to a document of its own, from the copy, with the fleet's key", async () => {
    const host = aProver(documentOf("single"));
    const document = pointer(inEffect(documentOfCopy()).text);
    host.documents.set(document.key, inEffect(documentOfCopy()).text);
    expect(await runVerb(host, "converge", envelope({ document, start: true }))).toMatchObject({ exitCode: 0, stderr: "" });
    expect([host.service.state, host.volume.mountedFrom, host.seen()[PATHS.dropIn]]).toEqual([
      "active",
      "/dev/nvme1n1",
      expect.stringContaining("IPAddressDeny=any\nIPAddressAllow=localhost\n"),
    ]);
  });

  test.each(["IPAddressDeny=any\n", "IPAddressAllow=localhost\n"])("refuses a document without %j, before anything is touched", async (line) => {
    const host = aProver(
      documentOfCopy(({ config }) => {
        config.dropIn = config.dropIn.replace(line, "");
      }),
    );
    expect(await runVerb(host, "converge", envelope())).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining("does not keep a copy from other computers"),
    });
    expect([changing(host), written(host)]).toEqual([[], []]);
  });

  test("makes no file system, whatever the command says", async () => {
    const host = aProver();
    Object.assign(host.volume, { fileSystem: "", blank: true });
    expect(await runVerb(host, "converge", envelope({ format: VOLUME }))).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("no command says") });
    expect(changing(host)).toEqual([]);
  });

  test.each([{ kind: "floating" as const, server: "licences.example.com:8989" }, { kind: "key" as const }])(
    "becomes what is wanted and starts nothing where the licence is $kind",
    async (license) => {
      const host = aProver(
        documentOfCopy((document) => {
          document.license = license;
        }),
      );
      expect(await runVerb(host, "converge", envelope({ start: true }))).toMatchObject({ exitCode: 0, stderr: "" });
      expect([host.service.state, host.service.masked, host.volume.mountedFrom]).toEqual(["inactive", true, "/dev/nvme1n1"]);
      expect(host.ran.filter((line) => /license-manager|systemctl (start|unmask)/.test(line))).toEqual([]);
      expect(await proved(host)).toMatchObject({
        keyFingerprint: KEY_FINGERPRINT,
        packageBecause: "Package Manager is not started on a copy: its licence is no file",
      });
    },
  );

  test("lets no secret out", async () => {
    const host = await aServedCopy();
    const { stdout, stderr } = await runVerb(host, "prove", envelope());
    const seen = [stdout, stderr, ...host.ran, ...host.journal].join("\n");
    for (const canary of Object.values(CANARIES)) expect(seen).not.toContain(canary);
  });
});

test("nodes that were launched before anybody proved anything serve", async () => {
  const host = aHost("single");
  const { purpose, ...settings } = JSON.parse(host.seen()[PATHS.settings] ?? "");
  host.put(PATHS.settings, JSON.stringify(settings));
  want(host, documentOf("single"));
  expect([purpose, await runVerb(host, "converge", envelope())]).toMatchObject(["serve", { exitCode: 0 }]);
});

describe("count", () => {
  const counted = async (host: StubHost) => JSON.parse((await runVerb(host, "count", undefined)).stdout);

  test("tells how much a server that serves holds, and only reads", async () => {
    const host = await aServedCopy({ databases: ["main.db", "usage.sqlite", "main.db-wal"] });
    host.says = { "find ": { exitCode: 0, stdout: "x\nx\n" } };
    const before = host.seen();
    expect(CountReport.parse(await counted(host))).toEqual({
      count: 1,
      instanceId: "i-0123456789abcdef0",
      at: new Date("2026-01-05T09:00:00.000Z"),
      databases: [
        { name: "main.db", rows: 19 },
        { name: "usage.sqlite", rows: 19 },
      ],
      storedFiles: 2,
      repositories: 1,
      end: "end-of-report",
    });
    expect([host.seen(), written(host)]).toEqual([before, []]);
    const asked = host.ran.filter((line) => line.includes("sqlite3"));
    expect([asked.length, asked.every((line) => line.includes("-readonly") && !line.includes("PRAGMA"))]).toEqual([6, true]);
  });

  test("leaves uncounted what does not answer, or not within a minute", async () => {
    const host = await aServedCopy({
      answers: (_, sql, seconds) => {
        if (!sql.includes("packages")) return undefined;
        host.time += seconds * 1000;
        return { exitCode: 124 };
      },
    });
    host.answers["/__api__/repos"] = status(500);
    expect(await counted(host)).toMatchObject({ repositories: null, databases: [{ name: "main.db", rows: null }] });
    host.answers["/__api__/repos"] = body('{"error":"none"}');
    expect((await counted(host)).repositories).toBeNull();
    host.answers["/__api__/repos"] = body(`[{"id":1,"name":"${"x".repeat(300_000)}`);
    expect((await counted(host)).repositories).toBe(1);
  });
});
