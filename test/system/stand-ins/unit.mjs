// Reads a unit as systemd does, as far as one service needs it. Sources: systemd.unit(5), systemd.exec(5), "EnvironmentFile".
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

const FOLDERS = ["etc/systemd/system", "run/systemd/system", "usr/lib/systemd/system"];

/** Whether the unit is a link to /dev/null. */
export function isMasked(root, unit) {
  const path = join(root, FOLDERS[0], unit);
  try {
    return readlinkSync(path) === "/dev/null";
  } catch {
    return false;
  }
}

/** The unit with its drop-ins: settings by `Section.Key`, each with all of its values; undefined when there is no such unit. */
export function loadUnit(root, unit) {
  const file = FOLDERS.map((folder) => join(root, folder, unit)).find((path) => existsSync(path));
  if (!file) return undefined;
  const dropIns = FOLDERS.flatMap((folder) => confFiles(join(root, folder, `${unit}.d`))).sort((a, b) => (a.name < b.name ? -1 : 1));
  const settings = {};
  for (const path of [file, ...dropIns.map(({ path }) => path)]) read(readFileSync(path, "utf8"), settings);
  return settings;
}

const confFiles = (folder) =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith(".conf"))
        .map((name) => ({ name, path: join(folder, name) }))
    : [];

/** An empty value forgets the earlier ones. */
function read(text, settings) {
  let section = "";
  for (const line of text.replace(/\\\n/g, " ").split("\n")) {
    const row = line.trim();
    if (row === "" || /^[#;]/.test(row)) continue;
    section = /^\[(.*)\]$/.exec(row)?.[1] ?? section;
    const [, key, value] = /^([A-Za-z]+)\s*=\s*(.*)$/.exec(row) ?? [];
    if (!key) continue;
    settings[`${section}.${key}`] = value === "" ? [] : [...(settings[`${section}.${key}`] ?? []), value];
  }
}

/** The variables of the unit; throws where a file that must be there is not, as systemd then does not start it. */
export function environmentOf(root, settings) {
  const own = Object.fromEntries((settings["Service.Environment"] ?? []).flatMap(assignments));
  for (const named of settings["Service.EnvironmentFile"] ?? []) {
    const path = join(root, named.replace(/^-/, ""));
    if (!existsSync(path) && named.startsWith("-")) continue;
    Object.assign(own, Object.fromEntries(environmentFile(readFileSync(path, "utf8"))));
  }
  return own;
}

const assignments = (words) =>
  [...words.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|\S+/g)].map(([whole, double, single]) => (double ?? single ?? whole).split(/=(.*)/s).slice(0, 2));

/** A line at a time: systemd would let a quoted value run over lines, and nobody here writes one. */
const environmentFile = (text) =>
  text
    .split("\n")
    .filter((line) => /^\s*[A-Za-z_]\w*=/.test(line))
    .map((line) => line.trim().split(/=(.*)/s).slice(0, 2))
    .map(([name, value]) => [name, unquoted(value)]);

function unquoted(value) {
  if (/^'.*'$/s.test(value)) return value.slice(1, -1);
  if (/^".*"$/s.test(value)) return value.slice(1, -1).replace(/\\(["\\`$])/g, "$1");
  return value.replace(/\\(.)/gs, "$1");
}
