import type { ExecResult } from "@steward/node/host";
import { PATHS } from "@steward/node/paths";
import type { MachineImage } from "../machine-image.ts";
import { type Call, type Command, DONE, ended, NOT_FOUND, STEP_MS, said } from "./command.ts";
import { psql } from "./psql.ts";
import { sqlite3 } from "./sqlite.ts";
import { blkid, cmp, df, find, findmnt, fsfreeze, mkfs, mount, umount } from "./storage.ts";
import { journalctl, systemctl, systemdRun } from "./systemd.ts";
import { language, licenseManager, rspm } from "./vendor.ts";

const PACKAGE = "rstudio-pm";

const dpkgQuery: Command = async ({ computer: { image }, takes }) => {
  await takes(STEP_MS);
  return image.service === "absent" ? ended(1) : said(image.version);
};

const aptMark: Command = async ({ computer: { image }, words, takes }) => {
  await takes(STEP_MS);
  if (words[0] !== "showhold") return ended(1);
  return said(image.service === "absent" ? "" : `${PACKAGE}\n`);
};

const hostnamectl: Command = async ({ computer: { files }, words, takes }) => {
  await takes(STEP_MS);
  const [verb, name = ""] = words;
  if (verb !== "set-hostname") return ended(1);
  files.write("/etc/hostname", `${name}\n`, { mode: 0o644, owner: "root" });
  files.write(PATHS.hostname, `${name}\n`, { mode: 0o644, owner: "root" });
  return DONE;
};

/** Reference, source, stratum, time, offset, … leap status. Source: chronyc(1), "-c" and "tracking". */
const chronyc: Command = async ({ words, takes }) => {
  await takes(STEP_MS);
  const time = (Date.now() / 1_000).toFixed(9);
  const fields = ["A9FEA97B", "169.254.169.123", 4, time, "0.000012345", "0.000010000", "0.000020000", -3.2, 0.001, 0.05, 0.0003, 0.0001, 64.2, "Normal"];
  return words.join(" ") === "-c tracking" ? said(`${fields.join(",")}\n`) : ended(1);
};

/** Another account may run whatever is there. Source: runuser(1): 1 where it can't begin, else as the program ends. */
const runuser: Command = (call) => {
  const [program, ...words] = call.words.slice(call.words.indexOf("--") + 1);
  return program === undefined ? Promise.resolve(ended(1)) : execute(program, { ...call, words });
};

/** Source: timeout(1): 124 where the program did not end in time. */
const timeout: Command = (call) => {
  const [seconds, program, ...words] = call.words.filter((word, index) => index > 0 || !word.startsWith("--"));
  if (program === undefined) return Promise.resolve(ended(125));
  return execute(program, { ...call, words, timeoutMs: Math.min(call.timeoutMs, Number(seconds) * 1_000) });
};

/** What Ubuntu brings with it. */
const SYSTEM: Record<string, Command> = {
  "apt-mark": aptMark,
  blkid,
  cmp,
  df,
  "dpkg-query": dpkgQuery,
  find,
  findmnt,
  fsfreeze,
  hostnamectl,
  journalctl,
  "mkfs.ext4": mkfs,
  mount,
  runuser,
  systemctl,
  "systemd-run": systemdRun,
  timeout,
  umount,
};

/** What every golden image adds. */
const GOLDEN: Record<string, Command> = { chronyc, [PATHS.licenseManager]: licenseManager, [PATHS.rspm]: rspm };
/** What it adds for a server with a data volume, and for one with a database elsewhere. */
const CLIENTS: Record<MachineImage["dataVolume"], Record<string, Command>> = { required: { sqlite3 }, none: { psql } };

function added(command: string, { service, dataVolume }: MachineImage): Command | undefined {
  if (service === "absent") return undefined;
  return GOLDEN[command] ?? CLIENTS[dataVolume][command] ?? (command.startsWith("/opt/") ? language(command) : undefined);
}

/** Runs a program of the machine; 127 for one that is not installed. */
export async function execute(command: string, call: Call): Promise<ExecResult> {
  return (SYSTEM[command] ?? added(command, call.computer.image))?.(call) ?? NOT_FOUND;
}
