import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ComponentId } from "@steward/core/image/components";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { haTopology } from "../../settings.ts";
import { scriptsOf } from "./scripts.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "steward-check-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const textOf = (component: ComponentId, step: string): string =>
  scriptsOf(haTopology()).find((one) => one.component === component && one.phase === "test" && one.step === step)?.text ?? "";

/** Runs a check where commands of the instance are stand-ins, each one line of shell. */
function run(script: string, commands: Record<string, string>) {
  for (const [name, body] of Object.entries(commands)) writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  const { status, stderr } = spawnSync("bash", ["--norc", "-c", script], {
    encoding: "utf8",
    env: { PATH: `${folder}:${process.env.PATH}`, SEEN: join(folder, "seen") },
  });
  return { status, stderr };
}

describe("the look at the package", () => {
  const right = {
    "dpkg-query": "printf 'rstudio-pm\\t2026.08.0\\n'",
    "apt-mark": "echo rstudio-pm",
    systemctl: "echo masked; exit 1",
    pgrep: "exit 1",
    id: "echo 850",
    cat: "printf '[Service]\\nUser=rstudio-pm\\n'",
  };
  const look = (different: Partial<typeof right> = {}) => run(textOf("package-manager", "InstalledHeldMasked"), { ...right, ...different });

  test("is content with what was asked for", () => {
    expect(look()).toEqual({ status: 0, stderr: "" });
  });

  test.each([
    ["another version", { "dpkg-query": "printf 'rstudio-pm\\t2026.08.1\\n'" }, "another version is installed"],
    ["no package", { "dpkg-query": "exit 1" }, "another version is installed"],
    ["a package that may be updated", { "apt-mark": "echo another-package" }, "the version is not held"],
    ["a unit that would start", { systemctl: "echo disabled" }, "the unit is not masked"],
    ["a package without a unit", { cat: "exit 1" }, "the package brings no unit"],
    ["a unit of root", { cat: "printf '[Service]\\nUser=root\\n'" }, "the unit runs under another account"],
    ["a Package Manager that runs", { pgrep: "echo 17" }, "Package Manager runs"],
    ["an account of other numbers", { id: "echo 999" }, "the account has other numbers"],
  ])("refuses %s, in words", (_, different, words) => {
    const { status, stderr } = look(different);
    expect([status, stderr]).toEqual([1, expect.stringContaining(`refused: ${words}`)]);
  });
});

describe("the trial", () => {
  const trial = textOf("trial", "AnswersPing").replace("seq 90", "seq 2");
  const commands = {
    chown: "exit 0",
    sleep: "exit 0",
    systemctl: 'echo "$*" >> "$SEEN"',
    journalctl: "echo its last words",
    /** Notes where the trial lies, and of its key the mode and the size. */
    "systemd-run": `for last; do :; done; d=$(dirname "$last"); echo "$d" > "$SEEN"; stat --format='%a %s' "$d/throw-away.key" >> "$SEEN"; cat "$last" >> "$SEEN"`,
  };
  const seen = () => readFileSync(join(folder, "seen"), "utf8").split("\n");

  test("starts with a key that only its owner can read and a database of its own, and leaves nothing when it has been answered", () => {
    expect(run(trial, { ...commands, curl: "exit 0" })).toEqual({ status: 0, stderr: "" });
    const [where = "", key, ...rest] = seen();
    expect(key).toBe("600 1024");
    expect(rest).toEqual(
      expect.arrayContaining([
        `DataDir = ${where}/data`,
        `EncryptionKeyPath = ${where}/throw-away.key`,
        "Listen = 127.0.0.1:14242",
        "stop steward-trial.service",
      ]),
    );
    expect(existsSync(where)).toBe(false);
  });

  test("fails with Package Manager's last words when nobody answers, and leaves nothing either", () => {
    const { status, stderr } = run(trial, { ...commands, curl: "exit 22" });
    expect([status, stderr]).toEqual([1, "its last words\nrefused: Package Manager does not answer\n"]);
    expect(existsSync(seen()[0] ?? "")).toBe(false);
  });
});
