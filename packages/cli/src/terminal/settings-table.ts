import type { SettingLine } from "@steward/core/settings/explain";
import type { Warning } from "@steward/core/settings/read";
import type { Screen } from "./screen.ts";
import { wrap } from "./wrap.ts";

/** Below this width the words of a setting go under it instead of beside it. */
const WIDE = 140;
const VALUE_COLUMNS = 34;
const GAP = "  ";

/** A setting and the name of the file that it comes from, or `default`. */
type Line = Omit<SettingLine, "from"> & { from: string };

/** Effective settings for reading: name, value, where it comes from, what it is for. */
export function settingsTable(lines: readonly Line[], screen: Screen): string[] {
  const longest = (texts: string[]) => Math.max(...texts.map((text) => text.length));
  const columns = { path: longest(lines.map(({ path }) => path)), from: longest(lines.map(({ from }) => from)) };
  return lines.flatMap((line) => (screen.width < WIDE ? stacked(line, screen) : beside(line, columns, screen)));
}

const written = ({ value }: Line): string => (Array.isArray(value) ? value.join(", ") || "none" : value === null || value === "" ? "none" : String(value));

function beside(line: Line, columns: { path: number; from: number }, screen: Screen): string[] {
  const values = chopped(written(line), VALUE_COLUMNS);
  const margin = columns.path + VALUE_COLUMNS + columns.from + 3 * GAP.length;
  const words = wrap(line.words, screen.width - margin);
  return Array.from({ length: Math.max(values.length, words.length) }, (_, index) =>
    [
      (index === 0 ? line.path : "").padEnd(columns.path),
      screen.style(emphasis(line), (values[index] ?? "").padEnd(VALUE_COLUMNS)),
      screen.style("dim", (index === 0 ? line.from : "").padEnd(columns.from)),
      screen.style("dim", words[index] ?? ""),
    ]
      .join(GAP)
      .trimEnd(),
  );
}

function stacked(line: Line, screen: Screen): string[] {
  const [first = "", ...rest] = chopped(`${line.path} = ${written(line)} (${line.from})`, screen.width - 4);
  return [
    screen.style(emphasis(line), first),
    ...rest.map((text) => screen.style(emphasis(line), `    ${text}`)),
    ...wrap(line.words, screen.width - 4).map((text) => screen.style("dim", `    ${text}`)),
  ];
}

const emphasis = ({ from }: Line) => (from === "default" ? "none" : "bold");

/** Wrapped, and words that are longer than a line cut. */
const chopped = (text: string, width: number): string[] =>
  wrap(text, width).flatMap((line) =>
    line.length <= width ? [line] : Array.from({ length: Math.ceil(line.length / width) }, (_, part) => line.slice(part * width, (part + 1) * width)),
  );

/** Warnings below the settings, or that there are none. */
export function warningLines(warnings: readonly Warning[], screen: Screen): string[] {
  if (warnings.length === 0) return [screen.style("green", "✓ nothing to warn of")];
  return warnings.flatMap(({ path, problem, better }) => {
    const [first = "", ...rest] = wrap(`${path} ${problem}; better: ${better}`, screen.width - 4);
    return [`${screen.style("yellow", "!")} ${first}`, ...rest.map((text) => `  ${text}`)];
  });
}
