// Stands in for systemd-run: `--on-active=<seconds> --unit=<name> <command...>` is a timer in a process of its own, which systemctl can stop;
// `--unit=<name> --remain-after-exit <command...>` a process that leaves the times of its start and its end, and how it ended.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = process.env.SUITE_ROOT;
const suite = (name) => join(root, ".suite", name);
const first = process.argv.findIndex((word, index) => index > 1 && !word.startsWith("-"));
const option = (name) =>
  process.argv
    .slice(2, first)
    .find((word) => word.startsWith(`--${name}=`))
    ?.slice(name.length + 3);
if (!option("on-active")) {
  runNow();
  process.exit(0);
}
const name = `timers/${option("unit")}.timer`;
const seconds = existsSync(suite("dead-man-seconds")) ? readFileSync(suite("dead-man-seconds"), "utf8") : Number.parseInt(option("on-active"), 10);
mkdirSync(suite("timers"), { recursive: true });

function runNow() {
  mkdirSync(suite("units"), { recursive: true });
  const unit = suite(`units/${option("unit")}`);
  if (existsSync(`${unit}.start`)) {
    process.stderr.write(`Failed to start transient service unit: Unit ${option("unit")}.service was already loaded or has a fragment file.\n`);
    process.exit(1);
  }
  const now = () => new Date().toISOString().slice(0, 19).replace("T", " ");
  writeFileSync(`${unit}.start`, now());
  const script = 'unit=$1; shift; "$@"; echo "$? $(date -u +"%Y-%m-%d %H:%M:%S")" > "$unit.new"; mv "$unit.new" "$unit.end"';
  spawn("sh", ["-c", script, "unit", unit, ...process.argv.slice(first)], { detached: true, stdio: "ignore" }).unref();
}

const alive = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
if (existsSync(suite(name)) && alive(Number(readFileSync(suite(name), "utf8")))) {
  process.stderr.write(`Failed to start transient timer unit: Unit ${option("unit")}.timer was already loaded or has a fragment file.\n`);
  process.exit(1);
}
rmSync(suite(name), { force: true });
const command = process.argv.slice(first);
const env = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", STEWARD_ROOT: root };
// The timer is gone once it has fired, before what it starts may want to stop it.
const script = 'sleep "$1"; rm -f "$2"; shift 2; exec setsid "$@"';
const timer = spawn("sh", ["-c", script, "timer", String(seconds), suite(name), ...command], { detached: true, stdio: "ignore", env });
writeFileSync(suite(name), String(timer.pid));
timer.unref();
