import { ProbeReport } from "@steward/core/fleet/probe";
import { runVerb } from "@steward/node/dispatch";
import { PATHS } from "@steward/node/paths";
import { describe, expect, test } from "vitest";
import { CANARIES, KEY_FINGERPRINT } from "./a-fleet.ts";
import { aNode, type StubHost } from "./a-host.ts";

const probed = async (host: StubHost): Promise<ProbeReport> => ProbeReport.parse(JSON.parse((await runVerb(host, "probe", undefined)).stdout));
const more = async (host: StubHost): Promise<ProbeReport["more"]> => (await probed(host)).more;

describe("the encryption key", () => {
  test("is the one that the service is given, and other files with one are named", async () => {
    const host = await aNode();
    host.put(PATHS.key, "ab".repeat(512));
    const found = await probed(host);
    expect(found.keyFingerprint).toBe(KEY_FINGERPRINT);
    expect(found.more.keySource).toEqual({ from: "the variable in /run/steward/rstudio-pm.env:1", others: [PATHS.key] });
  });

  test("is read from its file where no variable gives it", async () => {
    const host = await aNode();
    host.drop(PATHS.environment);
    host.put(PATHS.config, "[Server]\nDataDir = /var/lib/rstudio-pm\n");
    host.put(PATHS.persistentKey, CANARIES.key);
    expect(await probed(host)).toMatchObject({ keyFingerprint: KEY_FINGERPRINT, more: { keySource: { from: PATHS.persistentKey, others: [] } } });
    host.put(PATHS.persistentKey, `${CANARIES.key}\n`);
    expect(await probed(host)).toMatchObject({ keyFingerprint: null });
  });

  test("has no fingerprint where it lies in the bucket, or in a file that this program does not write", async () => {
    const host = await aNode();
    host.drop(PATHS.environment);
    expect(await probed(host)).toMatchObject({
      keyFingerprint: null,
      more: { keySource: { from: expect.stringMatching(/^s3:\/\/.*persistent\/encryption\/rstudio-pm\.key$/) } },
    });
    host.put("/etc/systemd/system/rstudio-pm.service.d/zz-aws.conf", `[Service]\nEnvironment=PACKAGEMANAGER_ENCRYPTION_KEY=${CANARIES.key}\n`);
    expect(await probed(host)).toMatchObject({ keyFingerprint: null, more: { keySource: { from: "the variable in zz-aws.conf:2" } } });
  });

  test("has no source that can be told where no page decides", async () => {
    const host = await aNode();
    host.drop(PATHS.environment);
    host.says = { "dpkg-query": { stdout: "2025.04.0-4" } };
    expect(await probed(host)).toMatchObject({ keyFingerprint: null, more: { keySource: null } });
  });

  test("is looked for in systemd's own order: files of the same name hide each other, an empty assignment forgets", async () => {
    const host = await aNode();
    host.put("/lib/systemd/system/rstudio-pm.service", "[Service]\nEnvironmentFile=-/etc/default/ppm\n");
    host.put("/etc/default/ppm", "PACKAGEMANAGER_ENCRYPTION_KEY=x\n");
    host.put("/lib/systemd/system/rstudio-pm.service.d/steward-config.conf", "[Service]\nEnvironment=PACKAGEMANAGER_ENCRYPTION_KEY=x\n");
    host.put("/etc/systemd/system/rstudio-pm.service.d/readme.txt", "EnvironmentFile=/dev/null");
    expect((await more(host)).keySource?.from).toBe("the variable in /run/steward/rstudio-pm.env:1");
    host.put("/etc/systemd/system/rstudio-pm.service.d/zz.conf", "[Service]\nEnvironmentFile=\nEnvironmentFile=/etc/default/ppm\n");
    expect((await more(host)).keySource?.from).toBe("the variable in /etc/default/ppm:1");
  });
});

describe("the rest of a node", () => {
  test.each([
    [
      "the first block that is activated",
      "-- License file status --\n\nStatus: Expired\nDays-Left: 0\n\n-- Local license status --\n\nStatus: Activated\nDays-Left: 9\n",
      { status: "Activated", daysLeft: 9 },
    ],
    [
      "the file's block where none is",
      "-- License file status --\n\nStatus: Expired\nDays-Left: -3\n\n-- Local license status --\n\nStatus: Evaluation\n",
      { status: "Expired", daysLeft: -3 },
    ],
    ["nothing where there is no block", "License server not in use.\n", { status: null, daysLeft: null }],
    ["no words that are none of a status", "-- License file status --\n\nStatus: Activated; key 0123\n", { status: null, daysLeft: null }],
  ])("a licence is told by %s", async (_, stdout, license) => {
    const host = await aNode();
    host.says = { "/opt/rstudio-pm/bin/license-manager": { stdout } };
    expect((await more(host)).license).toMatchObject(license);
  });

  test("a licence that nobody can ask about is still told by its file", async () => {
    const host = await aNode();
    host.says = { "/opt/rstudio-pm/bin/license-manager": { exitCode: 1 } };
    expect((await more(host)).license).toEqual({ fingerprint: expect.any(String), status: null, daysLeft: null });
  });

  test.each([
    ["a clock that follows nobody", "0,,0,0,0.0,-0.5,0,0,0,0,0,0,0,Not synchronised\n", { offsetMs: -0, synchronised: false }],
    [
      "a clock that nobody has told the time for a quarter of an hour",
      "A9FEA97B,169.254.169.123,4,1767602699.9,0.0,-0.5,0,0,0,0,0,0,0,Normal\n",
      { offsetMs: 0, synchronised: false },
    ],
    ["half a line", "A9FEA97B,169.254.169.123,4,1,0.1\n", null],
    ["no number", "A9FEA97B,169.254.169.123,4,1,x,0,0,0,0,0,0,0,0,Normal\n", null],
  ])("the clock's offset is known or not: %s", async (_, stdout, clock) => {
    const host = await aNode();
    host.says = { chronyc: { stdout } };
    expect((await more(host)).clock).toEqual(clock && { ...clock, offsetMs: expect.any(Number) });
  });

  test("a bare line names no language, and a drop-in that has just gone is none", async () => {
    const host = await aNode();
    host.put(PATHS.config, `[Server]\nRVersion\nRVersion = /opt/R/4.6.1\n`);
    const list = host.list;
    host.list = async (path) => (path === "/run/systemd/system/rstudio-pm.service.d" ? ["gone.conf"] : list(path));
    expect(await more(host)).toMatchObject({ languages: { r: ["4.6.1"], python: [] }, keySource: { others: [] } });
  });

  test("only languages that answer are told", async () => {
    const host = await aNode();
    host.says = { "/opt/R/4.5.2/": { exitCode: 127 }, "/opt/python": { exitCode: 1 } };
    expect((await more(host)).languages).toEqual({ r: ["4.6.1"], python: [] });
  });

  test.each([
    ['{"nodes":[{"Name":"a"},{"host":"b"}]}', ["a", "b"]],
    ['["a"]', ["a"]],
    ["[]", []],
    ['{"nodes":7}', null],
    ['[{"id":1}]', null],
    ["[null]", null],
    ['["a b"]', null],
    ["no JSON", null],
  ])("of what Package Manager says of its cluster, %s, only names of nodes are taken", async (stdout, cluster) => {
    const host = await aNode();
    host.says = { "/opt/rstudio-pm/bin/rspm cluster": { stdout } };
    expect((await more(host)).cluster).toEqual(cluster);
  });

  test("a package that is not held is told, and one mount point once", async () => {
    const host = await aNode();
    host.says = { "apt-mark": { stdout: "rstudio-pm-tools\n" }, df: { stdout: "Mounted on Use% IUse%\n/ 12% 3%\n/ 12% 3%\n" } };
    expect(await more(host)).toMatchObject({ held: false, disks: [{ mount: "/" }] });
    host.readFile = async () => undefined;
    expect((await more(host)).hostname).toBeNull();
  });
});
