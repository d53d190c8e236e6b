import type { Step } from "./component.ts";

/** One word to bash, whatever is in it. Throws on what AWSTOE would read as an expression of its own before bash sees it. */
export function quoted(text: string | number): string {
  if (/\{\{|\0/.test(String(text))) throw new Error("a text with {{ or a zero byte cannot stand in a component");
  return `'${String(text).replaceAll("'", "'\\''")}'`;
}

/**
 * A piece of a script. Its own text stands as written, backslashes too; every value becomes one quoted word, a list one for each item.
 * Nothing but what is written here can therefore be read as shell. The margin of the first line is taken off all lines.
 */
export function sh({ raw }: TemplateStringsArray, ...values: (string | number | readonly string[])[]): string {
  const words = values.map((value) => (Array.isArray(value) ? value : [value]).map(quoted).join(" "));
  const [first = "", ...rest] = raw;
  const margin = /^\n( *)/.exec(first)?.[1] ?? "";
  const unindented = (text: string) => text.replaceAll(`\n${margin}`, "\n");
  return rest.reduce((script, part, index) => script + words[index] + unindented(part), unindented(first)).trim();
}

/** Writes a whole file of ours, its folder too. */
export const file = (path: string, content: string, mode: "0644" | "0755" = "0644"): string => sh`
  install -d -m 0755 "$(dirname ${path})"
  printf '%s' ${content} > ${path}
  chmod ${mode} ${path}`;

/** Stops at the first command that fails, anywhere in a pipe. */
const STRICT = "set -euo pipefail";
/** Ends a check in words. */
const REFUSE = `refuse() { echo "refused: $1" >&2; exit 1; }`;

interface Limits {
  minutes?: number;
  attempts?: number;
}

/** A step that changes the instance; its attempts must be safe to repeat. */
export const bash = (name: string, pieces: string[], { minutes = 30, attempts = 1 }: Limits = {}): Step => ({
  name,
  action: "ExecuteBash",
  timeoutSeconds: minutes * 60,
  onFailure: "Abort",
  maxAttempts: attempts,
  inputs: { commands: [[STRICT, ...pieces].join("\n")] },
});

/** A step that only looks, and fails in words by `refuse`. */
export const look = (name: string, pieces: string[], limits: Limits = { minutes: 5 }): Step => bash(name, [REFUSE, ...pieces], limits);
