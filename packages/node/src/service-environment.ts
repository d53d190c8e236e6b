import { type UnitFile, type VariableName, variablesOf } from "@steward/core/desired/unit-environment";
import type { Host } from "./host.ts";
import { UNIT } from "./paths.ts";

/** A file in an earlier folder hides one of the same name in a later one. Source: systemd.unit(5), "Unit File Load Path". */
const FOLDERS = ["/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

/** Names of the variables that the service is given at its next start; no value is kept. */
export async function serviceVariables(host: Host): Promise<VariableName[]> {
  const units = await unitFiles(host);
  return variablesOf([...units, ...(await environmentFiles(host, units))]);
}

async function unitFiles(host: Host): Promise<UnitFile[]> {
  const dropIns = new Map<string, string>();
  let unit: string | undefined;
  for (const folder of FOLDERS) {
    unit ??= await host.readFile(`${folder}/${UNIT}.service`);
    for (const name of await host.list(`${folder}/${UNIT}.service.d`)) {
      if (name.endsWith(".conf") && !dropIns.has(name)) dropIns.set(name, (await host.readFile(`${folder}/${UNIT}.service.d/${name}`)) ?? "");
    }
  }
  const sorted = [...dropIns].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, text]): UnitFile => ({ name, kind: "unit", text }));
  return unit === undefined ? sorted : [{ name: `${UNIT}.service`, kind: "unit", text: unit }, ...sorted];
}

/** An empty assignment forgets the earlier ones; a dash before a path allows that the file is not there. Source: systemd.exec(5). */
async function environmentFiles(host: Host, units: UnitFile[]): Promise<UnitFile[]> {
  const paths: string[] = [];
  for (const [, path = ""] of units
    .map(({ text }) => text)
    .join("\n")
    .matchAll(/^[ \t]*EnvironmentFile[ \t]*=[ \t]*-?(.*?)[ \t]*$/gm)) {
    if (path === "") paths.length = 0;
    else paths.push(path);
  }
  return Promise.all(paths.map(async (path): Promise<UnitFile> => ({ name: path, kind: "environment-file", text: (await host.readFile(path)) ?? "" })));
}
