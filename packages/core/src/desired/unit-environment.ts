/** A variable that the service is given, and by what; its value is never looked at further than to find its end. */
export interface VariableName {
  name: string;
  /** File and line, for example `10-aws.conf:3`. */
  where: string;
}

/** A file of the unit: itself, a drop-in, or one that they name in `EnvironmentFile=`. */
export interface UnitFile {
  name: string;
  kind: "unit" | "environment-file";
  text: string;
}

/** Only these are looked for, so nothing of a secret that spans lines is ever taken for a name. */
const OWN = /^PACKAGEMANAGER_[A-Za-z0-9_-]+(?==)/;

/**
 * The `PACKAGEMANAGER_*` variables of a unit by name, the last writer of each; files in systemd's order, the unit first.
 * `Environment=` without a value forgets the earlier ones, `EnvironmentFile=` beats `Environment=`, `UnsetEnvironment=` beats both
 * where it gives a name; where it gives name and value, the variable is taken to be there.
 * Source: systemd.exec(5), "Environment".
 */
export function variablesOf(files: readonly UnitFile[]): VariableName[] {
  const own = new Map<string, string>();
  const unset = new Set<string>();
  for (const { name, text } of files.filter(({ kind }) => kind === "unit"))
    for (const { key, value, line } of assignments(text)) {
      if (key === "UnsetEnvironment") for (const word of words(value)) unset.add(word);
      if (key !== "Environment") continue;
      if (value === "") own.clear();
      for (const variable of words(value).flatMap(ownName)) own.set(variable, `${name}:${line}`);
    }
  for (const { name, text } of files.filter(({ kind }) => kind === "environment-file"))
    text.split("\n").forEach((row, index) => {
      for (const variable of ownName(row.trim())) own.set(variable, `${name}:${index + 1}`);
    });
  return [...own].filter(([name]) => !unset.has(name)).map(([name, where]) => ({ name, where }));
}

const ownName = (assignment: string): string[] => OWN.exec(assignment)?.slice(0, 1) ?? [];

interface Assignment {
  key: string;
  value: string;
  line: number;
}

/** `key=value` of `[Service]`; a backslash at the end of a line joins the next one, comments between them do not count. */
function assignments(text: string): Assignment[] {
  const found: Assignment[] = [];
  let section = "";
  for (const { line, joined } of joinedLines(text)) {
    section = /^\[(.*)\]$/.exec(joined)?.[1] ?? section;
    const split = joined.indexOf("=");
    if (section === "Service" && split > 0) found.push({ key: joined.slice(0, split).trim(), value: joined.slice(split + 1).trim(), line });
  }
  return found;
}

function joinedLines(text: string): { line: number; joined: string }[] {
  const rows: { line: number; joined: string; open: boolean }[] = [];
  text.split("\n").forEach((raw, index) => {
    const row = raw.trim();
    if (/^[#;]/.test(row)) return;
    const open = row.endsWith("\\");
    const part = open ? row.slice(0, -1) : row;
    const last = rows.at(-1);
    if (!last?.open) rows.push({ line: index + 1, joined: part, open });
    else Object.assign(last, { joined: `${last.joined} ${part}`, open });
  });
  return rows;
}

/** Words as systemd splits them: by white space, where a word may stand in quotes as a whole. */
const words = (text: string): string[] =>
  [...text.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|\S+/g)].map(([whole, double, single]) => double ?? single ?? whole);
