import { CHECKS } from "./checks.ts";
import type { Choice, Group, Setting } from "./setting.ts";
import { STAGE } from "./tree.ts";

/** docs/settings.md: every setting with type, default, what is allowed and its words, and every rule. `npx steward config --markdown` prints it. */
export function settingsMarkdown(): string {
  const [single = [], ha = []] = ["single", "ha"].map((topology) => rowsOf(topology));
  const both = single.filter((row) => ha.includes(row));
  return [
    ...INTRODUCTION,
    "## Both topologies",
    "",
    ...table(both),
    "## Topology `single`",
    "",
    ...table(single.filter((row) => !both.includes(row))),
    "## Topology `ha`",
    "",
    ...table(ha.filter((row) => !both.includes(row))),
    ...RULES,
    "",
  ].join("\n");
}

const INTRODUCTION = [
  "# Settings",
  "",
  "`steward.config.ts` says what is deployed: a fleet per stage. What is left out has the reference architecture's default; what must be set, must be where its group is written or has no default.",
  "Everything is checked before anything is deployed: a wrong value, an unknown key or a broken rule is named with what is allowed, all of them at once, and nothing is created.",
  "",
  "This page is written by `npx steward config --markdown > docs/settings.md`, out of the same schema that checks the file.",
  "",
  "```sh",
  "npx steward config --all                          # every stage",
  "npx steward config --stage production             # what holds for a stage, and where it comes from",
  "npx steward config --stage production --json      # the same for programs",
  "```",
  "",
  "With `--json` one object is printed: `stage`, `file`, `settings` (an array of `path`, `value`, `from`, `words`, `allowed`) and `warnings` (an array of `id`, `path`, `problem`, `better`).",
  "With bad settings it is `problems` alone (an array of `path`, `problem`, `allowed`), and the exit code is 2, as it is without `--json`.",
  "Receivers' URLs are shown without their paths, which often are secrets. Licences, keys, passwords and certificates are vaulted and never part of the file.",
  "",
];

const ROW = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

const table = (rows: readonly string[]): string[] => [
  ROW(["key", "type", "default", "allowed", "what it is for"]),
  "| --- | --- | --- | --- | --- |",
  ...rows,
  "",
];

/** The rows of one topology. */
const rowsOf = (topology: string): string[] => [...STAGE.options].flatMap(([name, option]) => (name === topology ? members(option, "") : []));

function rows(setting: Setting, path: string): string[] {
  const row = ROW([`\`${path}\``, typeOf(setting), fallbackOf(setting), setting.allowed, setting.words]);
  if (setting.kind === "leaf") return [row];
  if (setting.kind === "list") return [row, ...members(setting.item, `${path}[].`)];
  return [row, ...members(setting, `${path}.`)];
}

const members = (setting: Group | Choice, prefix: string): string[] =>
  setting.kind === "group"
    ? [...setting.entries].flatMap(([key, entry]) => rows(entry, prefix + key))
    : [...new Set([...setting.options.values()].flatMap((option) => members(option, prefix)))];

const typeOf = (setting: Setting): string => (setting.kind === "leaf" ? setting.type : setting.kind === "list" ? "list of groups" : "group");

function fallbackOf({ fallback, required }: Setting): string {
  if (fallback === undefined) return required ? "must be set" : "not set";
  const text = JSON.stringify(fallback);
  return text === "{}" ? "as below" : `\`${text}\``;
}

const RULES = [
  "## Rules",
  "",
  "| rule | what it asks | else |",
  "| --- | --- | --- |",
  ...CHECKS.map(({ id, words, level }) => ROW([`\`${id}\``, words, level === "refuse" ? "refused" : "a warning"])),
];
