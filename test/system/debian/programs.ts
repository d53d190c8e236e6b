import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, linkSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ACCOUNT } from "@steward/core/desired/places";

const STAND_INS = join(import.meta.dirname, "../stand-ins");

/** The machine's own programs, with words before the program's own where they have to be told of another root. */
const REAL: Record<string, (root: string) => string[]> = {
  "apt-mark": (root) => ["-o", `Dir::State::status=${root}/var/lib/dpkg/status`],
  blkid: () => [],
  cmp: () => [],
  df: () => [],
  "dpkg-query": (root) => [`--admindir=${root}/var/lib/dpkg`],
  find: () => [],
  findmnt: () => [],
  fsfreeze: () => [],
  "mkfs.ext4": () => [],
  mount: () => [],
  psql: () => [],
  sqlite3: () => [],
  umount: () => [],
};

/** Programs that would change the machine which runs the suite, or that are nobody's to give away. */
const STAND_IN: Record<string, string> = {
  chronyc: "usr/bin/chronyc",
  hostnamectl: "usr/bin/hostnamectl",
  journalctl: "usr/bin/journalctl",
  "license-manager": "opt/rstudio-pm/bin/license-manager",
  rspm: "opt/rstudio-pm/bin/rspm",
  systemctl: "usr/bin/systemctl",
  "systemd-run": "usr/bin/systemd-run",
};

/** Puts every program that a node may run where it looks for it first; each call is noted with its words and its environment. */
export function installPrograms(root: string): void {
  mkdirSync(join(root, ".suite"), { recursive: true });
  cpSync(STAND_INS, join(root, ".suite/stand-ins"), { recursive: true });
  const node = join(root, ".suite/node");
  linkOrCopy(process.execPath, node);
  const standIn = (name: string) => `SUITE_ROOT='${root}' '${node}' '${root}/.suite/stand-ins/${name}.mjs'`;
  for (const [name, words] of Object.entries(REAL))
    install(root, `usr/bin/${name}`, noted(root, name, [whereIs(name), ...words(root)].map((word) => `'${word}'`).join(" ")));
  for (const [name, path] of Object.entries(STAND_IN)) install(root, path, noted(root, name, standIn(name)));
  // The account is one of the root, not of this machine, so by its numbers; what it runs is not ours to note.
  const { name: account, id } = ACCOUNT;
  const numbers = `--reuid=${id} --regid=${id} --clear-groups`;
  install(
    root,
    "usr/bin/runuser",
    noted(root, "runuser", `sh -c '[ "$2 $3" = "${account} --" ] && shift 3 && PATH=/usr/sbin:/usr/bin exec setpriv ${numbers} -- "$@"' runuser`),
  );
  // Its own environment holds secrets, as it must; so it is the one program whose environment nobody notes.
  install(root, "opt/rstudio-pm/bin/rstudio-pm", `#!/bin/sh\nexec env ${standIn("rstudio-pm")} "$@"\n`);
}

/**
 * One line per call. `kill-after` names the call after whose end the caller dies, as if the machine had lost its power there;
 * a program in `fails` ends with 1 and does nothing.
 */
const noted = (root: string, name: string, command: string): string => `#!/bin/sh
suite='${root}/.suite'
printf '%s\\n' "$(printf '%s' "${name} $* ENV $(env)" | tr '\\n' ' ')" >> "$suite/calls"
[ -e "$suite/fails/${name}" ] && exit 1
[ -e "$suite/kill-after" ] || exec env ${command} "$@"
call=$(wc -l < "$suite/calls")
env ${command} "$@"
status=$?
[ "$call" -eq "$(cat "$suite/kill-after")" ] && kill -9 "$PPID"
exit "$status"
`;

function install(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text, { mode: 0o755 });
}

const whereIs = (name: string): string =>
  execFileSync("sh", ["-c", `command -v ${name}`], { env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" }, encoding: "utf8" }).trim();

/** A link, so that accounts that may not look into this checkout can run it. */
export function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
