import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BOOT_UNIT, dataDirectory, serviceDropIn, WRAPPER } from "@steward/core/image/units";
import type { TopologyKind } from "@steward/core/topology/topology";
import { haTopology, singleTopology } from "../../settings.ts";
import { type Ended, execute } from "./execute.ts";
import { installPackage, makeAccounts } from "./package.ts";
import { installPrograms, linkOrCopy } from "./programs.ts";

/** What an instance is told at its launch: the file that the user data of its template writes. */
function settingsOf(kind: TopologyKind): string {
  const { userData } = (kind === "ha" ? haTopology() : singleTopology()).launchTemplate;
  const config = JSON.parse(userData.replace("#cloud-config\n", "")) as { write_files: { content: string }[] };
  return config.write_files[0]?.content ?? "";
}

/** A directory that is `/` to the program: real files, a real package database, real programs, and stand-ins where there must be. */
export interface Root {
  at: (path: string) => string;
  run: (...words: string[]) => Promise<Ended>;
  /** Starts the program and kills it when `moment`, which may look at what it says, has come. */
  kill: (moment: (said: () => string) => Promise<unknown>, ...words: string[]) => Promise<Ended>;
  /** Starts the program, which dies right after its n-th command has ended. */
  killAfter: (call: number, ...words: string[]) => Promise<Ended>;
  /** Words and environment of everything that was run on this root. */
  calls: () => string[];
  /** A file by which a test tells a stand-in how to behave. */
  suite: (name: string) => string;
  remove: () => void;
}

/** What makes one node another than the next. */
export interface RootFacts {
  /** The built program. */
  program: string;
  topology: TopologyKind;
  instanceId: string;
  /** Addresses of AWS and of the node's instance metadata. */
  aws: string;
  metadata: string;
}

/** Makes a node as it is when its image has booted for the first time. */
export function aRoot({ program, topology, instanceId, aws, metadata }: RootFacts): Root {
  const root = mkdtempSync(join(tmpdir(), "steward-root-"));
  // The service runs under its own account, which has to find its way in.
  chmodSync(root, 0o755);
  const at = (path: string) => join(root, path);
  for (const folder of FOLDERS) mkdirSync(at(folder), { recursive: true });
  installPrograms(root);
  makeAccounts(root);
  installPackage(root);
  symlinkSync("/dev/zero", at("dev/zero"));
  installImage(at, program, topology);
  writeFileSync(at("opt/steward/etc/node.json"), settingsOf(topology));
  writeFileSync(at("var/lib/cloud/data/instance-id"), `${instanceId}\n`);
  writeFileSync(at("proc/sys/kernel/random/boot_id"), "boot-1\n");
  writeFileSync(at("proc/sys/kernel/hostname"), "ubuntu\n");
  writeFileSync(at(".suite/calls"), "");
  writeFileSync(at(".suite/version"), "2026.08.0\n");
  const launch = (words: string[], moment?: (said: () => string) => Promise<unknown>) => execute({ root, aws, metadata, words, moment });
  const calls = () => readFileSync(at(".suite/calls"), "utf8").split("\n").filter(Boolean);
  return {
    at,
    run: (...words) => launch(words),
    kill: (moment, ...words) => launch(words, moment),
    killAfter: async (call, ...words) => {
      writeFileSync(at(".suite/kill-after"), String(calls().length + call));
      return launch(words).finally(() => rmSync(at(".suite/kill-after")));
    },
    calls,
    suite: (name) => at(join(".suite", name)),
    remove: () => remove(root),
  };
}

const FOLDERS = [
  ".suite/bucket",
  "dev",
  "etc/rstudio-pm",
  "etc/systemd/system/rstudio-pm.service.d",
  "etc/tmpfiles.d",
  "opt/steward/etc",
  "opt/steward/lib",
  "opt/steward/node/bin",
  "proc/sys/kernel/random",
  "run",
  "sys/class/block",
  "var/lib/cloud/data",
  "var/lib/dpkg/info",
  "var/lib/dpkg/updates",
  "var/log/rstudio/rstudio-pm",
];

/** What the golden image brings beside the package: the program, the units, the mask, languages; and the data directory that every boot makes. */
function installImage(at: Root["at"], program: string, topology: TopologyKind): void {
  mkdirSync(at("opt/steward/bin"));
  writeFileSync(at("opt/steward/bin/steward-node"), WRAPPER, { mode: 0o755 });
  linkOrCopy(process.execPath, at("opt/steward/node/bin/node"));
  cpSync(program, at("opt/steward/lib/steward-node.mjs"));
  writeFileSync(at("etc/systemd/system/steward-boot.service"), BOOT_UNIT);
  writeFileSync(at("etc/systemd/system/rstudio-pm.service.d/steward.conf"), serviceDropIn(topology));
  symlinkSync("/dev/null", at("etc/systemd/system/rstudio-pm.service"));
  for (const [path, says] of [
    ["opt/R/4.6.1/bin/Rscript", "Rscript (R) version 4.6.1 (2026-06-24)"],
    ["opt/python/3.14.7/bin/python", "Python 3.14.7"],
  ] as const) {
    mkdirSync(at(join(path, "..")), { recursive: true });
    writeFileSync(at(path), `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
  }
  writeFileSync(at("etc/tmpfiles.d/steward.conf"), dataDirectory);
  execFileSync("systemd-tmpfiles", [`--root=${at("")}`, "--create", at("etc/tmpfiles.d/steward.conf")]);
}

function remove(root: string): void {
  for (const file of [".suite/pid", ".suite/timers/steward-thaw.timer"]) {
    try {
      const pid = Number(readFileSync(join(root, file), "utf8"));
      if (pid > 0) process.kill(pid, "SIGKILL");
    } catch {
      // It was never started, or has ended.
    }
  }
  rmSync(root, { recursive: true });
}
