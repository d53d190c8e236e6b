/**
 * Puts SST's platform (its component sources, Pulumi's SDK, the types behind `sst.config.ts`) into `.sst/platform`,
 * with nothing but npm and its registry: `sst install` alone would download Bun and Pulumi from GitHub.
 * Everything lands in the git-ignored `.sst`; a developer's own Pulumi is neither used nor changed. Nothing to do: does nothing.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** What sst 4.17.1 asks for (its own constants BUN_VERSION and PULUMI_VERSION). Look again when sst changes. */
const WANTED = { sst: "4.17.1", bun: "1.2.1", pulumi: "3.215.0" };

const root = process.env.STEWARD_ROOT ?? resolve(dirname(fileURLToPath(import.meta.url)), "..");
const at = (...path) => join(root, ".sst", ...path);
const platform = at("platform");
/** Written last, inside the platform, so that it goes when the platform goes. */
const marker = join(platform, ".steward-installed");
const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));

/** Wrong in a way that the reader can repair; said without a stack trace. */
class Problem extends Error {}

/** What a complete installation is made of; any difference means: again. */
function wanted() {
  const locked = readJson(join(root, "package-lock.json")).packages["node_modules/sst"]?.version;
  if (locked !== WANTED.sst)
    throw new Problem(`package-lock.json holds sst ${locked}, this script knows ${WANTED.sst}: set WANTED in scripts/install-sst-platform.mjs.`);
  const aws = /aws: \{\s*version: "([\d.]+)"/.exec(readFileSync(join(root, "sst.config.ts"), "utf8"))?.[1];
  if (!aws) throw new Problem(`sst.config.ts pins no version of the aws provider.`);
  return { ...WANTED, aws };
}

/** Whether the marker is this one and what a program loads first is really there. */
function isComplete(want) {
  const loaded = { "@pulumi/aws": want.aws, "@pulumi/pulumi": want.pulumi };
  return (
    existsSync(marker) &&
    readFileSync(marker, "utf8") === JSON.stringify(want) &&
    readFileSync(join(platform, "version"), "utf8").trim() === want.sst &&
    Object.entries(loaded).every(([name, version]) => versionOf(name) === version) &&
    Object.keys(readJson(join(platform, "package.json")).dependencies).every(versionOf)
  );
}

function versionOf(name) {
  const file = join(platform, "node_modules", name, "package.json");
  return existsSync(file) ? readJson(file).version : undefined;
}

function run(what, [command, ...args], options) {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], ...options });
  } catch (error) {
    const said = `${error.stdout ?? ""}${error.stderr ?? ""}`.trim() || error.message;
    throw new Problem(`${what} failed. Is the npm registry reachable (npm ping)? It said:\n${said}`);
  }
}

/** Bun for this machine, from npm; undefined when none of its builds runs here, then SST takes npm, which is slower. */
function installBun() {
  const tools = at("tools");
  const runs = () => bunsIn(join(tools, "node_modules", "@oven")).find(answers);
  const found = runs();
  if (found) return found;
  mkdirSync(tools, { recursive: true });
  writeFileSync(join(tools, "package.json"), `{ "private": true }\n`);
  run("npm install of bun", ["npm", "install", "--prefix", tools, "--no-audit", "--no-fund", "--ignore-scripts", "--save-exact", `bun@${WANTED.bun}`]);
  return runs();
}

const bunsIn = (folder) => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name, "bin", "bun")) : []);

function answers(bun) {
  try {
    return execFileSync(bun, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim() === WANTED.bun;
  } catch {
    return false;
  }
}

/** `sst install` asks the pulumi in its own folder for a version and nothing else; this one can do nothing else. */
function writePulumiStub(configFolder) {
  const bin = join(configFolder, "sst", "bin");
  mkdirSync(bin, { recursive: true });
  const stub = join(bin, "pulumi");
  writeFileSync(
    stub,
    `#!/bin/sh\n[ "$1" = version ] && echo v${WANTED.pulumi} && exit 0\necho "this is not Pulumi: it only lets sst install its platform" >&2\nexit 1\n`,
  );
  chmodSync(stub, 0o755);
  return stub;
}

/** On a Mac, Go programs look for their settings under HOME whatever XDG_CONFIG_HOME says. */
function surroundings() {
  if (process.platform !== "darwin") return { folder: at("config"), env: { XDG_CONFIG_HOME: at("config") } };
  return { folder: at("config", "Library", "Application Support"), env: { HOME: at("config") } };
}

function install() {
  rmSync(platform, { recursive: true, force: true });
  const bun = installBun();
  const { folder, env } = surroundings();
  const registry = run("npm config", ["npm", "config", "get", "registry"], { cwd: root }).trim().replace(/\/$/, "");
  const cli = realpathSync(join(root, "node_modules", ".bin", "sst"));
  run("sst install", [process.execPath, cli, "install", "--stage", "single"], {
    cwd: root,
    env: {
      ...process.env,
      ...env,
      ...(bun ? { SST_BUN_PATH: bun, BUN_INSTALL_CACHE_DIR: at("bun-cache") } : { SST_NO_BUN: "1" }),
      SST_PULUMI_PATH: writePulumiStub(folder),
      // sst runs app() of sst.config.ts with the first node on the PATH; any stage will do, the providers are the same
      PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
      STEWARD_CONFIG: "test/stacks/example.config.ts",
      NPM_REGISTRY: registry,
      DO_NOT_TRACK: "1",
      SST_TELEMETRY_DISABLED: "1",
    },
  });
}

/** One installation at a time; the operating system lets go of the lock when its holder dies. */
async function whileLocked(work) {
  const { DatabaseSync } = await import("node:sqlite");
  mkdirSync(at(), { recursive: true });
  const lock = new DatabaseSync(at("install.lock"), { timeout: 600_000 });
  lock.exec("BEGIN EXCLUSIVE");
  try {
    return work();
  } finally {
    lock.close();
  }
}

async function main() {
  if (Number(process.versions.node.split(".")[0]) < 24)
    throw new Problem(`this is Node ${process.versions.node}; start it with npm run sst:platform, which brings Node 24.`);
  const want = wanted();
  if (isComplete(want)) return;
  await whileLocked(() => {
    if (isComplete(want)) return;
    console.log(`Installing the platform of sst ${want.sst} into .sst (once, about 430 MB) ...`);
    install();
    writeFileSync(marker, JSON.stringify(want));
    if (!isComplete(want))
      throw new Problem(`sst install ended well, yet .sst/platform is not what it should be (sst ${want.sst}, aws ${want.aws}, pulumi ${want.pulumi}).`);
  });
}

try {
  await main();
} catch (error) {
  console.error(`The SST platform is not installed: ${error instanceof Problem ? error.message : error.stack}`);
  process.exitCode = 1;
}
