import type { OutlineGroup, OutlineItem } from "@steward/core/topology/outline";
import type { RemovalOutline } from "@steward/core/topology/removal-outline";
import type { Screen } from "./screen.ts";
import { wrap } from "./wrap.ts";

/** Every group with its count, its things by name, and under each what is to be known of it. */
export const outlineLines = (groups: readonly OutlineGroup[], screen: Screen): string[] =>
  groups.flatMap(({ title, items }) => ["", ...heading(`${title} (${items.length})`, screen), ...items.flatMap((item) => itemLines(item, screen))]);

const heading = (text: string, screen: Screen): string[] => indented(text, 0, screen).map((line) => screen.style("bold", line));

const itemLines = ({ what, name, details }: OutlineItem, screen: Screen): string[] => [
  ...indented(`${what} ${name}`, 2, screen),
  ...details.flatMap((detail) => indented(detail, 6, screen).map((line) => screen.style("dim", line))),
];

/** What goes, what stays, and how to remove a stage. */
export function removalLines({ goes, stays, protected: kept, commands }: RemovalOutline, screen: Screen): string[] {
  const section = (title: string, things: readonly string[]) => ["", ...heading(`${title} (${things.length})`, screen), ...bullets(things, screen)];
  return [
    ...section("Goes", goes),
    ...section("Stays; no deploy may delete or replace it while the stage is protected", kept),
    ...section("Stays; forgotten by deploys", stays),
    "",
    ...heading("How", screen),
    ...indented("Two commands on purpose, each naming the stage. The first lifts the protection and changes nothing else:", 2, screen),
    ...commands.flatMap((command) => indented(`$ ${command}`, 2, screen)),
    ...indented("What stays costs money and keeps its name: a stage of the same name needs it imported or deleted by hand first.", 2, screen),
  ];
}

const bullets = (things: readonly string[], screen: Screen): string[] =>
  things.flatMap((thing) => {
    const [first = "", ...rest] = folded(thing, screen.width - 4);
    return [`  - ${first}`, ...rest.map((line) => `    ${line}`)];
  });

/** A paragraph as wide as the screen, with a margin. */
export const indented = (text: string, margin: number, screen: Screen): string[] =>
  folded(text, screen.width - margin).map((line) => `${" ".repeat(margin)}${line}`);

/** Wrapped; a word longer than a line is cut. */
const folded = (text: string, width: number): string[] =>
  wrap(text, width).flatMap((line) => (line.length <= width ? [line] : (line.match(new RegExp(`.{1,${width}}`, "gu")) ?? [])));
