import { ACCOUNT } from "@steward/core/desired/places";
import type { ExecResult, Host } from "./host.ts";
import { PATHS, UNIT } from "./paths.ts";

/** A program with its words; none of them is ever a secret, because every account of a computer can read them. */
type Line = readonly [command: string, ...words: string[]];

/** What `find` takes for a package. */
const PACKAGES = ["-xdev", "-type", "f", "(", "-name", "*.tar.gz", "-o", "-name", "*.whl", ")"];

/** Every command line that this program runs, and no other. Words that are paths of this computer come from `host.locate`. */
export const LINES = {
  installedVersion: ["dpkg-query", "-W", "-f=$" + "{Version}", UNIT],
  heldPackages: ["apt-mark", "showhold"],
  unitState: ["systemctl", "show", UNIT, "--property=ActiveState,ActiveEnterTimestamp,InvocationID,Job,ConditionResult"],
  isolation: ["systemctl", "show", UNIT, "--property=IPAddressDeny,IPAddressAllow"],
  start: ["systemctl", "start", UNIT],
  restart: ["systemctl", "restart", UNIT],
  unmask: ["systemctl", "unmask", UNIT],
  reloadUnits: ["systemctl", "daemon-reload"],
  setHostname: (name: string): Line => ["hostnamectl", "set-hostname", name],
  offline: [PATHS.rspm, "offline"],
  online: [PATHS.rspm, "online"],
  clusterNodes: [PATHS.rspm, "cluster", "nodes", "-o", "json"],
  licenseStatus: [PATHS.licenseManager, "status"],
  licenseServer: (server: string): Line => [PATHS.licenseManager, "license-server", server],
  clock: ["chronyc", "-c", "tracking"],
  disks: (paths: string[]): Line => ["df", "--output=target,pcent,ipcent", ...paths],
  rVersion: (version: string): Line => [`/opt/R/${version}/bin/Rscript`, "--version"],
  pythonVersion: (version: string): Line => [`/opt/python/${version}/bin/python`, "--version"],
  mountedAt: (path: string): Line => ["findmnt", "--noheadings", "--output", "SOURCE", "--mountpoint", path],
  fileSystemOf: (device: string): Line => ["blkid", "--probe", "--output", "value", "--match-tag", "TYPE", device],
  firstMebibyteIsZero: (device: string, zero: string): Line => ["cmp", "--bytes=1048576", device, zero],
  makeFileSystem: (device: string): Line => ["mkfs.ext4", "-q", "-m", "1", "-L", "steward-data", device],
  mount: (device: string, path: string): Line => ["mount", "-o", "noatime,nodev,nosuid", device, path],
  unmount: (path: string): Line => ["umount", path],
  sql: (file: string, connection: string): Line => [
    "psql",
    "--no-psqlrc",
    "--quiet",
    "--set",
    "ON_ERROR_STOP=1",
    "--single-transaction",
    "--file",
    file,
    connection,
  ],
  /** What is asked is no secret, so it stands in the words; the answer comes alone, without heads or alignment. */
  sqlQuery: (sql: string, connection: string): Line => [
    "psql",
    "--no-psqlrc",
    "--quiet",
    "--no-align",
    "--tuples-only",
    "--no-password",
    "--set",
    "ON_ERROR_STOP=1",
    "--command",
    sql,
    connection,
  ],
  /** As the account that owns the database: what lies there is its own to make. */
  checkpoint: (database: string): Line => ["runuser", "-u", ACCOUNT.name, "--", "sqlite3", database, "PRAGMA wal_checkpoint(TRUNCATE)"],
  /**
   * Asks a database. Of one that serves it only reads; of a copy it may undo what was under way when the snapshot was made, which a mere reader
   * can't (SQLite, "Read-Only WAL-Mode Databases" and "Hot Rollback Journals"). It passes over what the account may have put into its own `.sqliterc`. `timeout` ends it in
   * time, because runuser's child would go on without runuser.
   */
  query: ({ path, access }: { path: string; access: "copy" | "serving" }, sql: string, seconds: number): Line => [
    "runuser",
    "-u",
    ACCOUNT.name,
    "--",
    "timeout",
    "--kill-after=5",
    String(seconds),
    "sqlite3",
    "-init",
    "/dev/null",
    ...(access === "serving" ? ["-readonly"] : []),
    "-json",
    "-cmd",
    ".timeout 5000",
    path,
    sql,
  ],
  packageFiles: (folders: string[]): Line => ["find", ...folders, ...PACKAGES, "-printf", "%f\\n"],
  /** One line for each, and as little as can be in it: there may be hundreds of thousands. */
  countPackageFiles: (folders: string[]): Line => ["find", ...folders, ...PACKAGES, "-printf", "x\\n"],
  /**
   * Reads a device to its end once: its blocks come out of the snapshot when they are first read. What ended well stays to be looked at, and what
   * failed too. Sources: EBS user guide, "Manually initialize volumes"; systemd-run(1), "--remain-after-exit" and "--collect".
   */
  load: (device: string): Line => [
    "systemd-run",
    "--unit=steward-load",
    "--remain-after-exit",
    "/usr/bin/dd",
    `if=${device}`,
    "of=/dev/null",
    "bs=1M",
    "iflag=direct",
    "status=none",
  ],
  loading: ["systemctl", "show", "steward-load.service", "--property=LoadState,ActiveState,SubState,ExecMainStartTimestamp,ExecMainExitTimestamp"],
  freeze: (path: string): Line => ["fsfreeze", "--freeze", path],
  unfreeze: (path: string): Line => ["fsfreeze", "--unfreeze", path],
  /**
   * Thaws also where the program itself can't run. Without the accuracy systemd would be free to wait a minute longer.
   * Sources: systemd.service(5), "ExecStopPost"; systemd.timer(5), "AccuracySec".
   */
  armDeadman: (seconds: number, program: string, path: string): Line => [
    "systemd-run",
    `--on-active=${seconds}`,
    "--unit=steward-thaw",
    "--collect",
    "--timer-property=AccuracySec=1s",
    `--property=ExecStopPost=-${PATHS.fsfreeze} --unfreeze ${path}`,
    program,
    "thaw",
    "deadman",
  ],
  disarmDeadman: ["systemctl", "stop", "steward-thaw.timer"],
  journal: ["journalctl", "-u", UNIT, "-u", "steward-boot", "--lines=200", "--no-pager"],
  kernelJournal: ["journalctl", "--dmesg", "--lines=100", "--no-pager"],
} as const;

/** Runs one of the command lines; 124 when it did not end in time. */
export const run = (host: Host, [command, ...words]: Line, { ms }: { ms: number }): Promise<ExecResult> => host.exec(command, words, ms);

/** What a command that has to succeed came to, as the end of a sentence; undefined when it succeeded. */
export async function failure(host: Host, line: Line, limit: { ms: number }): Promise<string | undefined> {
  const { exitCode } = await run(host, line, limit);
  const [command, verb = ""] = line;
  const program = command.split("/").at(-1);
  if (exitCode === 127) return `${program} is not on this node`;
  return exitCode === 0 ? undefined : `${[program, ...(/^[a-z][a-z-]*$/.test(verb) ? [verb] : [])].join(" ")} ended with exit code ${exitCode}`;
}
