import { type Config, folded } from "./gcfg.ts";
import { type SettingName, settingNamed, takes } from "./known-settings.ts";
import type { VariableName } from "./unit-environment.ts";

/** Where a value comes from; never the value. */
export type Origin = { kind: "file"; line: number } | { kind: "environment"; where: string } | { kind: "default" };

/** Which source Package Manager runs with; where no page says which wins, both readings and no guess. */
export type Answer = { kind: "certain"; from: Origin[] } | { kind: "unknown"; readings: Origin[]; because: string };

export interface EffectiveSetting {
  /** `Section.Key`, spelled as Posit does where it is known. */
  name: string;
  answer: Answer;
  /** Written, and without any effect. */
  shadowed: Origin[];
}

const PREFIX = "PACKAGEMANAGER_";

/**
 * Variables that Posit's own files use to override a setting; that every setting has one is nowhere said.
 * Sources: rstudio/helm, charts/rstudio-pm, README.md and templates/deployment.yaml; posit-dev/team-operator, Package Manager guide.
 */
const CONFIRMED: readonly SettingName[] = ["Postgres.URL", "Postgres.Password", "Postgres.UsageDataPassword", "Git.AllowUnsandboxedGitBuilds"];

/** Not settings: the key itself, the address for the command line, and a name that the product is nowhere said to read. */
const NO_SETTINGS = ["ENCRYPTION_KEY", "ADDRESS", "SECRET_KEY"];

/** For every setting that is written anywhere, the source that counts; sorted by name. */
export function effectiveSettings(config: Config, variables: readonly VariableName[]): EffectiveSetting[] {
  const written = inFile(config);
  const overrides = inEnvironment(variables);
  const names = [...new Set([...written.keys(), ...overrides.keys()])].sort();
  return names.map((name) => decided(name, written.get(name) ?? [], overrides.get(name)));
}

/** The variable's name for a setting. Source: rstudio/gcfgenv, README.md: upper case, dashes become underscores. */
export const variableFor = (section: string, key: string): string => `${PREFIX}${section}_${key}`.toUpperCase().replaceAll("-", "_");

/** A line of the file; a bare one makes a list begin anew. */
interface Line {
  origin: Origin;
  bare: boolean;
}

function inFile({ sections }: Config): Map<string, Line[]> {
  const found = new Map<string, Line[]>();
  for (const { name, subsection, entries } of sections)
    for (const { key, value, at } of entries) {
      const id =
        subsection === null ? (settingNamed(folded(name), folded(key)) ?? `${folded(name)}.${folded(key)}`) : `${folded(name)}.${subsection}.${folded(key)}`;
      const lines = found.get(id) ?? [];
      lines.push({ origin: { kind: "file", line: at.line }, bare: value === null });
      found.set(id, lines);
    }
  return found;
}

function inEnvironment(variables: readonly VariableName[]): Map<string, Origin> {
  const own = variables.filter(({ name }) => name.startsWith(PREFIX) && !NO_SETTINGS.includes(name.slice(PREFIX.length)));
  return new Map(own.map(({ name, where }) => [settingOf(name.slice(PREFIX.length)), { kind: "environment", where }]));
}

/** `POSTGRES_PASSWORD` is `Postgres.Password`: no section of Package Manager has an underscore. */
function settingOf(variable: string): string {
  const [section = "", ...key] = variable.split("_");
  return settingNamed(section, key.join("_")) ?? `${section}.${key.join("_")}`.toLowerCase();
}

function decided(name: string, lines: Line[], override: Origin | undefined): EffectiveSetting {
  const known = settingNamed(...(name.split(/\.(.*)/s, 2) as [string, string]));
  if (!override) return { name, ...amongLines(known, lines) };
  const written = lines.map(({ origin }) => origin);
  if (known && CONFIRMED.includes(known)) return { name, answer: { kind: "certain", from: [override] }, shadowed: written };
  const rest: Origin[] = written.length === 0 ? [{ kind: "default" }] : written.slice(-1);
  const because = "no page of Posit says whether this setting can be overridden by a variable";
  return { name, answer: { kind: "unknown", readings: [override, ...rest], because }, shadowed: [] };
}

function amongLines(known: SettingName | undefined, lines: Line[]): Omit<EffectiveSetting, "name"> {
  const written = lines.map(({ origin }) => origin);
  const how = takes(known);
  if (how === "unsure" && written.length > 1)
    return { answer: { kind: "unknown", readings: written, because: "nobody has said whether this setting takes one value or several" }, shadowed: [] };
  const first = how === "many" ? lines.findLastIndex(({ bare }) => bare) + 1 : written.length - 1;
  return { answer: { kind: "certain", from: written.slice(first) }, shadowed: written.slice(0, first) };
}
