// Stands in for systemd's systemctl: knows the service of Package Manager and timers of systemd-run. Unit files are read as systemd reads
// them, the real systemd-analyze judges conditions, and the service is a real process of the real account.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { appendFileSync, chmodSync, chownSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { environmentOf, isMasked, loadUnit } from "./unit.mjs";

const root = process.env.SUITE_ROOT;
const suite = (name) => join(root, ".suite", name);
const words = process.argv.slice(2).filter((word) => !word.startsWith("-"));
const asked = process.argv.slice(2).flatMap((word) => /^--property=(.*)$/.exec(word)?.[1]?.split(",") ?? []);
const [verb, given = ""] = words;
const unit = given.includes(".") ? given : `${given}.service`;

const pidIn = (file) => (existsSync(suite(file)) ? Number(readFileSync(suite(file), "utf8")) : 0);
const runs = (pid) => {
  try {
    return pid > 0 && process.kill(pid, 0) && !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
};
const journalSize = () => statSync(suite("journal")).size;
const say = (line) => appendFileSync(suite("journal"), `systemd[1]: ${line}\n`);
const fail = (line, status = 1) => {
  process.stderr.write(`${line}\n`);
  process.exit(status);
};

/** What systemd holds of the unit: a running one is read again only by `daemon-reload`. */
function loaded(fresh) {
  if (fresh || !existsSync(suite("loaded.json")) || !runs(pidIn("pid"))) writeFileSync(suite("loaded.json"), JSON.stringify(loadUnit(root, unit) ?? null));
  return JSON.parse(readFileSync(suite("loaded.json"), "utf8"));
}

/** Mount points that a unit requires are mounted by units of their own; there are none here, as on a node. */
function unmet(settings) {
  const conditions = Object.entries(settings).filter(([key]) => /^Unit\.Condition/.test(key));
  return conditions
    .flatMap(([key, values]) => values.map((value) => [key.slice(5), value]))
    .find(([key, value]) => spawnSync("systemd-analyze", ["condition", `${key} = ${join(root, value)}`], { stdio: "ignore" }).status !== 0);
}

function accountOf(name) {
  const [, , uid, gid] = readFileSync(join(root, "etc/passwd"), "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .find(([login]) => login === name);
  return { uid: Number(uid), gid: Number(gid) };
}

async function start() {
  if (runs(pidIn("pid"))) return;
  if (isMasked(root, unit)) fail(`Failed to start ${unit}: Unit ${unit} is masked.`);
  const settings = loaded(false);
  if (!settings) fail(`Failed to start ${unit}: Unit ${unit} not found.`, 5);
  const condition = unmet(settings);
  writeFileSync(suite("conditions"), condition ? "no" : "yes");
  if (condition) return say(`${unit} was skipped because of an unmet condition check (${condition.join("=")}).`);
  writeFileSync(suite("invocation"), randomUUID().replaceAll("-", ""));
  return launch(settings);
}

function launch(settings) {
  let own;
  try {
    own = environmentOf(root, settings);
  } catch {
    say(`${unit}: Failed to load environment files: No such file or directory`);
    writeFileSync(suite("pid"), "0");
    fail(`Job for ${unit} failed because of unavailable resources or another system error.`);
  }
  const account = accountOf(settings["Service.User"].at(-1));
  for (const name of settings["Service.RuntimeDirectory"] ?? []) folder(join(root, "run", name), account);
  const [program, ...args] = settings["Service.ExecStart"].at(-1).split(" ");
  const journal = openSync(suite("journal"), "a");
  const env = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", USER: "rstudio-pm", HOME: "/var/lib/rstudio-pm", ...own };
  appendFileSync(suite("calls"), `systemd starts ${program} ${args.join(" ")}\n`);
  const server = spawn(join(root, program), args, { detached: true, stdio: ["ignore", journal, journal], env, ...account });
  writeFileSync(suite("pid"), String(server.pid));
  writeFileSync(suite("since"), new Date().toISOString().slice(0, 19).replace("T", " "));
  server.unref();
  return upOrDown(server.pid);
}

/** Some patience with a server that comes up quickly, so that nobody has to ask it twice; systemd would wait for one of the type `notify`. */
async function upOrDown(pid) {
  const before = journalSize();
  for (let left = 60; left > 0 && runs(pid) && journalSize() === before; left--) await new Promise((resolve) => setTimeout(resolve, 20));
}

function folder(path, { uid, gid }) {
  mkdirSync(path, { recursive: true });
  chownSync(path, uid, gid);
  chmodSync(path, 0o755);
}

async function stop() {
  if (unit.endsWith(".timer")) return stopTimer();
  const pid = pidIn("pid");
  if (runs(pid)) process.kill(pid, "SIGTERM");
  while (runs(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
  rmSync(suite("pid"), { force: true });
}

function stopTimer() {
  const file = `timers/${unit}`;
  if (!existsSync(suite(file))) fail(`Failed to stop ${unit}: Unit ${unit} not loaded.`, 5);
  if (runs(pidIn(file))) process.kill(-pidIn(file), "SIGKILL");
  rmSync(suite(file));
}

const noted = (name, otherwise) => (existsSync(suite(name)) ? readFileSync(suite(name), "utf8") : otherwise);

/** systemd prints words as the ranges that they stand for. */
const RANGES = { any: "::/0 0.0.0.0/0", localhost: "127.0.0.0/8 ::1/128" };
const ranges = (key) => (isMasked(root, unit) ? [] : (loaded(false)?.[`Service.${key}`] ?? [])).map((word) => RANGES[word] ?? word).join(" ");

/** A service that remains after its exit. Source: systemd.service(5), "RemainAfterExit". */
function transient(name) {
  const [start, end] = ["start", "end"].map((moment) => noted(`units/${name}.${moment}`, "").trim());
  const [status, ...until] = end.split(" ");
  const [ActiveState, SubState] = end === "" ? ["active", "running"] : status === "0" ? ["active", "exited"] : ["failed", "failed"];
  return {
    LoadState: "loaded",
    ActiveState,
    SubState,
    ExecMainStartTimestamp: `Mon ${start} UTC`,
    ExecMainExitTimestamp: end === "" ? "" : `Mon ${until.join(" ")} UTC`,
  };
}

function states() {
  const name = unit.replace(/\.service$/, "");
  if (existsSync(suite(`units/${name}.start`))) return transient(name);
  if (name !== "rstudio-pm" && !unit.endsWith(".timer")) return { LoadState: "not-found", ActiveState: "inactive", SubState: "dead" };
  if (unit.endsWith(".timer")) {
    const there = existsSync(suite(`timers/${unit}`)) && runs(pidIn(`timers/${unit}`));
    return { LoadState: there ? "loaded" : "not-found", ActiveState: there ? "active" : "inactive" };
  }
  const alive = runs(pidIn("pid"));
  return {
    LoadState: isMasked(root, unit) ? "masked" : "loaded",
    ActiveState: alive ? "active" : existsSync(suite("pid")) ? "failed" : "inactive",
    ActiveEnterTimestamp: alive ? `Mon ${readFileSync(suite("since"), "utf8")} UTC` : "",
    InvocationID: noted("invocation", ""),
    Job: "",
    ConditionResult: noted("conditions", "no"),
    IPAddressAllow: ranges("IPAddressAllow"),
    IPAddressDeny: ranges("IPAddressDeny"),
    MainPID: String(alive ? pidIn("pid") : 0),
    UnitFileState: isMasked(root, unit) ? "masked" : "disabled",
  };
}

if (verb === "start") await start();
else if (verb === "restart") {
  await stop();
  await start();
} else if (verb === "stop") await stop();
else if (verb === "daemon-reload") loaded(true);
else if (verb === "unmask") {
  if (isMasked(root, unit)) unlinkSync(join(root, "etc/systemd/system", unit));
} else if (verb === "mask") execFileSync("ln", ["-sfn", "/dev/null", join(root, "etc/systemd/system", unit)]);
else if (verb === "is-active") process.exit(states().ActiveState === "active" ? 0 : 3);
else if (verb === "show") {
  const all = Object.entries(states()).filter(([name]) => asked.length === 0 || asked.includes(name));
  process.stdout.write(all.map(([name, value]) => `${name}=${value}\n`).join(""));
} else fail(`Unknown command verb ${verb}.`);
