import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeclaredDocument } from "@steward/core/desired/documents";
import { CONFIG_PATHS } from "@steward/core/desired/render";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { haTopology, singleTopology } from "../settings.ts";
import { requireDebian } from "./debian/require.ts";
import { aRoot, type Root } from "./debian/root.ts";

const TARGETS = "/usr/lib/systemd/system";
const MASK = "etc/systemd/system/rstudio-pm.service";
let root: Root;

beforeAll(requireDebian);
afterEach(() => root.remove());

/** A node of this topology with the drop-in that a deploy has rendered, before anything has converged. */
function begin(topology: "ha" | "single"): void {
  const folder = mkdtempSync(join(tmpdir(), "steward-no-program-"));
  writeFileSync(join(folder, "program.mjs"), "");
  root = aRoot({ program: join(folder, "program.mjs"), topology, instanceId: "i-0123456789abcdef0", aws: "", metadata: "" });
  rmSync(folder, { recursive: true });
  const { objects } = topology === "ha" ? haTopology() : singleTopology();
  writeFileSync(root.at(CONFIG_PATHS.dropIn), DeclaredDocument.parse(JSON.parse(objects[0]?.content ?? "")).config.dropIn);
}

describe("systemd-analyze verify", () => {
  /** What systemd says of the units of this root, beside the targets of the machine's own systemd. */
  const verify = () => {
    unlinkSync(root.at(MASK));
    const targets = readdirSync(TARGETS).filter((name) => /\.(target|slice)$/.test(name));
    execFileSync("cp", ["-L", ...targets.map((name) => join(TARGETS, name)), root.at("usr/lib/systemd/system")], { stdio: "ignore" });
    const words = ["verify", "--man=no", "--generators=no", `--root=${root.at("")}`, "rstudio-pm.service", "steward-boot.service"];
    const { status, stdout, stderr } = spawnSync("systemd-analyze", words, { encoding: "utf8" });
    return { status, said: `${stdout}${stderr}`.trim() };
  };

  test.each(["ha", "single"] as const)("has nothing against the units of a node of %s, with every drop-in", (topology) => {
    begin(topology);
    expect(verify()).toEqual({ status: 0, said: "" });
  });

  test("would say so if a drop-in held a word that systemd does not know", () => {
    begin("ha");
    writeFileSync(root.at(CONFIG_PATHS.dropIn), "[Service]\nEnvironmentsFile=/run/steward/rstudio-pm.env\n");
    expect(verify().said).toContain("Unknown key 'EnvironmentsFile'");
  });

  test("finds the mount unit of the data folder through the service, which waits for it", () => {
    begin("single");
    const name = execFileSync("systemd-escape", ["--path", "--suffix=mount", "/var/lib/rstudio-pm"], { encoding: "utf8" }).trim();
    writeFileSync(root.at(`etc/systemd/system/${name}`), "[Mount]\nWhat=/dev/nvme1n1\nWhere=/var/lib/rstudio-pm\nSeen=yes\n");
    expect(verify().said).toContain("Unknown key 'Seen'");
  });

  test("would say so if a unit started a program that is not there", () => {
    begin("ha");
    chmodSync(root.at("opt/steward/bin/steward-node"), 0o644);
    expect(verify().said).toContain("not executable");
  });
});

describe("Package Manager does not start by itself", () => {
  const systemctl = (...words: string[]) => spawnSync(root.at("usr/bin/systemctl"), words, { encoding: "utf8" });
  const started = () => existsSync(root.suite("pid"));
  const ready = () => {
    unlinkSync(root.at(MASK));
    for (const path of [CONFIG_PATHS.config, CONFIG_PATHS.environment]) {
      execFileSync("mkdir", ["-p", root.at(join(path, ".."))]);
      writeFileSync(root.at(path), "");
    }
  };

  test("while its unit is masked", () => {
    begin("ha");
    ready();
    symlinkSync("/dev/null", root.at(MASK));
    expect(systemctl("start", "rstudio-pm")).toMatchObject({ status: 1, stderr: expect.stringContaining("is masked") });
    expect(started()).toBe(false);
  });

  test.each([
    ["its configuration", CONFIG_PATHS.config],
    ["the environment file, in which its key comes", CONFIG_PATHS.environment],
  ])("without %s, and that is no failure", (_, path) => {
    begin("ha");
    ready();
    rmSync(root.at(path));
    expect(systemctl("start", "rstudio-pm").status).toBe(0);
    expect([started(), readFileSync(root.suite("journal"), "utf8")]).toEqual([false, expect.stringContaining("unmet condition")]);
  });

  test("in a single server, where its folder is no mount point", () => {
    begin("single");
    ready();
    writeFileSync(root.at("var/lib/rstudio-pm/.steward-volume"), "{}");
    expect(systemctl("start", "rstudio-pm").status).toBe(0);
    expect([started(), readFileSync(root.suite("journal"), "utf8")]).toEqual([false, expect.stringContaining("ConditionPathIsMountPoint=/var/lib/rstudio-pm")]);
  });

  test("with everything there, it does", () => {
    begin("ha");
    ready();
    expect(systemctl("start", "rstudio-pm").status).toBe(0);
    expect(started()).toBe(true);
  });
});
