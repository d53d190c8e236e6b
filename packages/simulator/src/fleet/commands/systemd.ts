import { between } from "../../world/chance.ts";
import type { Computer } from "../computer.ts";
import { type Call, type Command, DONE, ended, NOT_FOUND, STEP_MS, said } from "./command.ts";

/** The one unit that comes with an image and can be asked for. */
const OWN = "rstudio-pm";
const SYSTEMCTL_MS = 300;
/** systemd waits for a process that does not stop before it kills it. */
const STOP_HUNG_MS = 10_000;
/** Source: systemctl(1), "Exit status": the unit is not loaded. */
const NO_SUCH_UNIT = 5;

/** The verbs that a node uses, for the unit of Package Manager and for timers that were made on the way. */
export const systemctl: Command = async (call) => {
  const [verb, unit = ""] = call.words;
  if (verb === "daemon-reload") return reload(call);
  if (unit.endsWith(".timer")) return stopTimer(call, unit);
  if (verb === "show" && unit !== OWN) return showTransient(call, unit);
  const does = VERBS[verb ?? ""];
  if (!does) return NOT_FOUND;
  return call.computer.image.service === "absent" ? ended(NO_SUCH_UNIT) : does(call);
};

const VERBS: Record<string, Command> = {
  show: async ({ computer, takes }) => {
    await takes(STEP_MS);
    return said(shown(computer));
  },
  start: async ({ computer, takes }) => {
    await takes(SYSTEMCTL_MS);
    return ended(computer.unit.start());
  },
  stop: async ({ computer, takes, timeoutMs }) => {
    await takes(stopMs(computer, timeoutMs));
    computer.packageManager.stop();
    return DONE;
  },
  restart: async ({ computer, takes, timeoutMs }) => {
    await takes(stopMs(computer, timeoutMs));
    return ended(computer.unit.restart());
  },
  unmask: async ({ computer, takes }) => {
    await takes(STEP_MS);
    computer.unit.unmask();
    return DONE;
  },
};

const stopMs = ({ packageManager }: Computer, timeoutMs: number): number => Math.min(packageManager.isHung() ? STOP_HUNG_MS : SYSTEMCTL_MS, timeoutMs);

async function reload({ computer, takes }: Call) {
  await takes(SYSTEMCTL_MS);
  computer.unit.reload();
  return DONE;
}

async function stopTimer({ computer, takes }: Call, unit: string) {
  await takes(STEP_MS);
  const name = unit.replace(/\.timer$/, "");
  const timer = computer.timers.get(name);
  if (timer === undefined) return ended(NO_SUCH_UNIT);
  clearTimeout(timer);
  computer.timers.delete(name);
  return DONE;
}

/** A timer may go off that much later than asked, unless its own accuracy is given. Source: systemd.timer(5), `AccuracySec`. */
const ACCURACY_SECONDS = 60;
const ACCURACY = /^--timer-property=AccuracySec=(\d+)s?$/;

/** A unit of this name that is still there is an error. Source: systemd-run(1), `--on-active`, `--unit`, `--collect`. */
export const systemdRun: Command = async ({ computer, words, takes }) => {
  await takes(STEP_MS);
  if (!words.some((word) => word.startsWith("--on-active="))) return runNow(computer, words);
  const option = (name: string) => words.find((word) => word.startsWith(`--${name}=`))?.split("=")[1];
  const [name, seconds] = [option("unit") ?? "", Number(option("on-active"))];
  const accuracy = Number(words.map((word) => ACCURACY.exec(word)?.[1]).find((found) => found !== undefined) ?? ACCURACY_SECONDS);
  const argv = words.slice(words.findIndex((word) => !word.startsWith("--")));
  if (computer.timers.has(name)) return ended(1);
  const fire = (): void => {
    computer.timers.delete(name);
    computer.begin(argv);
  };
  computer.timers.set(name, setTimeout(fire, (seconds + between(0, accuracy)) * 1_000));
  return DONE;
};

/** Until a volume made from a snapshot has been read to its end; AWS promises no rate, assumed. Source: EBS user guide, "Initialize Amazon EBS volumes". */
const LOADED_MS = { from: 20 * 60_000, to: 40 * 60_000 };

/** The reading of a device is the only thing that is known to be run at once. */
function runNow({ transient, files }: Computer, words: string[]) {
  const name = words.find((word) => word.startsWith("--unit="))?.split("=")[1] ?? "";
  const device = words.find((word) => word.startsWith("if="))?.slice("if=".length) ?? "";
  if (transient.has(name) || !words.includes("/usr/bin/dd")) return ended(1);
  const since = Date.now();
  transient.set(name, { device, since, until: files.device(device) ? since + between(LOADED_MS.from, LOADED_MS.to) : since });
  return DONE;
}

/** Source: systemd.service(5), "RemainAfterExit": active, and exited. A unit that nobody made is not found, and that is no error. */
async function showTransient({ computer: { transient, files }, takes }: Call, unit: string) {
  await takes(STEP_MS);
  const found = transient.get(unit.replace(/\.service$/, ""));
  if (!found) return said("LoadState=not-found\nActiveState=inactive\nSubState=dead\nExecMainStartTimestamp=\nExecMainExitTimestamp=\n");
  const ended = Date.now() >= found.until;
  const [active, sub] = !files.device(found.device) ? ["failed", "failed"] : ended ? ["active", "exited"] : ["active", "running"];
  const times = `ExecMainStartTimestamp=${stamp(new Date(found.since))}\nExecMainExitTimestamp=${ended ? stamp(new Date(found.until)) : ""}\n`;
  return said(`LoadState=loaded\nActiveState=${active}\nSubState=${sub}\n${times}`);
}

/** Kernel and units alike: the lines that the machine's programs wrote. */
export const journalctl: Command = async ({ computer, words, takes }) => {
  await takes(STEP_MS);
  if (words.includes("--dmesg")) return said("kernel: nvme nvme0: Shutdown timeout set to 8 seconds\n");
  const lines = Number(words.find((word) => word.startsWith("--lines="))?.split("=")[1] ?? computer.journal.length);
  return said(
    computer.journal
      .slice(-lines)
      .map(({ at, line }) => `${at.toISOString()} steward-node: ${line}\n`)
      .join(""),
  );
};

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

const stamp = (at: Date): string => `${DAYS[at.getUTCDay()]} ${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;

/** It prints words as the ranges that they stand for. Source: systemd.resource-control(5), "IPAddressAllow", its table of symbolic names. */
const RANGES: Record<string, string> = { any: "::/0 0.0.0.0/0", localhost: "127.0.0.0/8 ::1/128" };
const rangesOf = (addresses: readonly string[]): string => addresses.map((address) => RANGES[address] ?? address).join(" ");

/** `systemctl show` prints the time of the last activation as `Mon 2026-01-05 09:00:00 UTC`, or nothing. */
function shown({ packageManager, unit }: Computer): string {
  const { state, since } = packageManager.state();
  const lines = [
    `ActiveState=${state}`,
    `ActiveEnterTimestamp=${since && state === "active" ? stamp(since) : ""}`,
    `InvocationID=${unit.invocation}`,
    "Job=",
    `ConditionResult=${unit.conditionsMet ? "yes" : "no"}`,
    `IPAddressAllow=${rangesOf(unit.addresses.allowed)}`,
    `IPAddressDeny=${rangesOf(unit.addresses.denied)}`,
  ];
  return `${lines.join("\n")}\n`;
}
