import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NodeSettings } from "@steward/core/fleet/node-settings";
import { build } from "rolldown";

const HERE = import.meta.dirname;
const NODE_PACKAGE = join(HERE, "../../packages/node");

/** Words that stand for secrets: one in the configuration, one in the environment of whoever calls the program. */
export const CANARIES = { database: "canary-database-pa55word", environment: "canary-environment-pa55word" };

/** Fails by name when this is not the computer that the suite needs: root on Debian, with the packages of `packages.txt`. */
export function requireDebian(): void {
  const packages = readFileSync(join(HERE, "packages.txt"), "utf8").trim().split("\n");
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length > 0) throw new Error(`the system suite needs these Debian packages: apt-get install ${missing.join(" ")}`);
  if (process.getuid?.() !== 0)
    throw new Error("the system suite needs to run as root: it gives files to accounts and installs a package into a root of its own");
}

function isInstalled(name: string): boolean {
  try {
    return execFileSync("dpkg-query", ["-W", "-f=$" + "{Status}", name], { stdio: ["ignore", "pipe", "ignore"] }).toString() === "install ok installed";
  } catch {
    return false;
  }
}

/** The program as it is shipped: one file that needs nothing but Node. */
export async function bundle(file: string): Promise<void> {
  await build({ input: join(NODE_PACKAGE, "src/main.ts"), platform: "node", logLevel: "silent", output: { file, format: "esm", codeSplitting: false } });
}

/** What the program is told at the launch of its instance. */
export const SETTINGS: NodeSettings = {
  stage: "demo",
  region: "eu-central-1",
  group: "steward-demo",
  launchHook: "steward-demo-admit",
  topology: "ha",
  table: "steward-demo",
  desired: "/steward/demo/desired",
};

export interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** A directory that is `/` to the program: real files, a real package database, stand-ins for three programs only. */
export interface Root {
  at: (path: string) => string;
  run: (...words: string[]) => Promise<Ended>;
  /** Starts the program and kills it when `moment` has come. */
  kill: (moment: () => Promise<unknown>, ...words: string[]) => Promise<Ended>;
  /** Lines that stand-ins wrote when they were called: words and environment. */
  calls: () => string[];
  remove: () => void;
}

export async function aRoot(program: string, awsUrl: string): Promise<Root> {
  const root = mkdtempSync(join(tmpdir(), "steward-root-"));
  const at = (path: string) => join(root, path);
  for (const directory of [
    "etc/rstudio-pm",
    "var/lib/rstudio-pm",
    "var/lib/cloud/data",
    "var/lib/dpkg/updates",
    "var/lib/dpkg/info",
    "proc/sys/kernel/random",
    "run",
    "usr/bin",
    "opt/rstudio-pm/bin",
    "opt/steward/node/bin",
    "opt/steward/lib",
    "opt/steward/etc",
  ]) {
    mkdirSync(at(directory), { recursive: true });
  }
  cpSync("/etc/passwd", at("etc/passwd"));
  writeFileSync(at("var/lib/cloud/data/instance-id"), "i-0123456789abcdef0\n");
  writeFileSync(at("proc/sys/kernel/random/boot_id"), "boot-1\n");
  writeFileSync(at("run/calls"), "");
  writeFileSync(at("opt/steward/etc/node.json"), JSON.stringify(SETTINGS));
  writeFileSync(at("etc/rstudio-pm/rstudio-pm.gcfg"), configuration(await freePort()));
  installProgram(at, program);
  installStandIns(at);
  installPackage(root);
  return {
    at,
    run: (...words) => execute({ root, awsUrl, words }),
    kill: (moment, ...words) => execute({ root, awsUrl, words, moment }),
    calls: () => readFileSync(at("run/calls"), "utf8").split("\n").filter(Boolean),
    remove: () => remove(root),
  };
}

const configuration = (port: number): string =>
  `[HTTP]\nListen = :${port}\n[Postgres]\nURL = postgres://ppm:${CANARIES.database}@127.0.0.1:9/rstudio_pm\n[Storage]\nDefault = local\n`;

/** The program lies where the image puts it, started by the script that the image carries. */
function installProgram(at: Root["at"], program: string): void {
  cpSync(join(NODE_PACKAGE, "bin"), at("opt/steward/bin"), { recursive: true });
  symlinkSync(process.execPath, at("opt/steward/node/bin/node"));
  cpSync(program, at("opt/steward/lib/steward-node.mjs"));
}

function installStandIns(at: Root["at"]): void {
  for (const [name, path] of [
    ["systemctl", "usr/bin/systemctl"],
    ["rspm", "opt/rstudio-pm/bin/rspm"],
    ["rstudio-pm", "opt/rstudio-pm/bin/rstudio-pm"],
  ] as const) {
    writeFileSync(at(path), `#!${process.execPath}\n${readFileSync(join(HERE, "stand-ins", `${name}.mjs`), "utf8")}`, { mode: 0o755 });
  }
  writeFileSync(at("usr/bin/dpkg-query"), `#!/bin/sh\nexec /usr/bin/dpkg-query --admindir=${at("var/lib/dpkg")} "$@"\n`, { mode: 0o755 });
}

/** A real package of the right name and version, in a package database of its own. */
function installPackage(root: string): void {
  const tree = join(root, "tmp/package");
  mkdirSync(join(tree, "DEBIAN"), { recursive: true });
  writeFileSync(
    join(tree, "DEBIAN/control"),
    "Package: rstudio-pm\nVersion: 2026.08.0\nArchitecture: all\nMaintainer: nobody <nobody@example.com>\nDescription: stands in for Package Manager\n",
  );
  execFileSync("dpkg-deb", ["--build", tree, join(root, "tmp/rstudio-pm.deb")], { stdio: "ignore" });
  writeFileSync(join(root, "var/lib/dpkg/status"), "");
  writeFileSync(join(root, "var/lib/dpkg/available"), "");
  execFileSync("dpkg", [`--root=${root}`, "--install", join(root, "tmp/rstudio-pm.deb")], { stdio: "ignore" });
}

interface Execution {
  root: string;
  awsUrl: string;
  words: string[];
  moment?: () => Promise<unknown>;
}

function execute({ root, awsUrl, words, moment }: Execution): Promise<Ended> {
  const env = {
    PATH: process.env.PATH,
    STEWARD_ROOT: root,
    AWS_ENDPOINT_URL: awsUrl,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: awsUrl,
    PACKAGEMANAGER_POSTGRES_PASSWORD: CANARIES.environment,
  };
  const child = spawn(join(root, "opt/steward/bin/steward-node"), words, { env, stdio: ["ignore", "pipe", "pipe"] });
  const out = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    out.stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    out.stderr += chunk;
  });
  void moment?.().then(() => child.kill("SIGKILL"));
  return new Promise((resolve) => child.once("close", (exitCode) => resolve({ exitCode, ...out })));
}

function remove(root: string): void {
  try {
    process.kill(Number(readFileSync(join(root, "run/pid"), "utf8")), "SIGKILL");
  } catch {
    // The stand-in was never started, or has ended.
  }
  rmSync(root, { recursive: true });
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    }),
  );
}
