import type { FileSystem } from "./file-system.ts";

/** What systemd knows of a unit since it last read its files. */
export interface Definition {
  /** Paths that have to be there, else the unit is skipped. */
  paths: string[];
  mountPoints: string[];
  environment: Map<string, string>;
  /** Read at every start; one that is missing fails the start. */
  environmentFiles: string[];
  /** Addresses that it is kept from, and those that it may reach in any case. */
  addresses: { denied: string[]; allowed: string[] };
}

/** Every `Key=value` of the unit's drop-ins, in systemd's order. Source: systemd.unit(5), "Drop-in". */
export function readDefinition(files: FileSystem, unit: string): Definition {
  const folder = `/etc/systemd/system/${unit}.service.d`;
  const dropIns = files.list(folder).filter((name) => name.endsWith(".conf"));
  const lines = dropIns.flatMap((name) => (files.read(`${folder}/${name}`) ?? "").split("\n"));
  const all = (key: string) => lines.flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1).trim()] : []));
  return {
    paths: all("ConditionPathExists"),
    mountPoints: all("ConditionPathIsMountPoint"),
    environment: new Map(all("Environment").flatMap((line) => variables(unquoted(line)))),
    environmentFiles: all("EnvironmentFile"),
    addresses: { denied: all("IPAddressDeny").flatMap(words), allowed: all("IPAddressAllow").flatMap(words) },
  };
}

const words = (line: string): string[] => line.split(/\s+/).filter(Boolean);

/** Which computers a unit reaches, and is reached from. Source: systemd.resource-control(5), "IPAddressAllow": what is allowed counts before what is denied. */
export function reachOf({ addresses: { denied, allowed } }: Definition): "all" | "itself" | "none" {
  if (!denied.includes("any") || allowed.includes("any")) return "all";
  return allowed.includes("localhost") ? "itself" : "none";
}

/** Whether every condition holds now. Source: systemd.unit(5), "Conditions and Asserts": one that does not is no failure. */
export const isMet = ({ paths, mountPoints }: Definition, files: FileSystem): boolean =>
  paths.every((path) => files.entry(path) !== undefined) && mountPoints.every((path) => files.mounts.has(path));

/** The variables of a process that starts now; undefined where a file of them is missing, which fails the start. */
export function environmentOf({ environment, environmentFiles }: Definition, files: FileSystem): Map<string, string> | undefined {
  const texts = environmentFiles.map((path) => files.read(path.replace(/^-/, "")) ?? (path.startsWith("-") ? "" : undefined));
  if (texts.includes(undefined)) return undefined;
  return new Map([...environment, ...texts.flatMap((text) => variables(text ?? ""))]);
}

/** `NAME=value`, one a line; a value in quotes may hold line breaks. */
const ASSIGNMENT = /^[ \t]*([A-Za-z_][A-Za-z0-9_]*)=("(?:[^"\\]|\\[\s\S])*"|'[^']*'|[^\n]*)/gm;

const variables = (text: string): [string, string][] => [...text.matchAll(ASSIGNMENT)].map(([, name = "", value = ""]) => [name, unquoted(value.trim())]);

/** Within double quotes a backslash stands before `"`, `\`, `$`, the backquote, or a line break that is none. Source: systemd.exec(5), "EnvironmentFile". */
function unquoted(text: string): string {
  if (/^'[\s\S]*'$/.test(text)) return text.slice(1, -1);
  return /^"[\s\S]*"$/.test(text)
    ? text
        .slice(1, -1)
        .replaceAll("\\\n", "")
        .replace(/\\(["\\$`])/g, "$1")
    : text;
}
