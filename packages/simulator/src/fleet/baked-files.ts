import { ACCOUNT } from "@steward/core/desired/places";
import { CONFIG_PATHS } from "@steward/core/desired/render";
import { serviceDropIn } from "@steward/core/image/units";
import { PATHS } from "@steward/node/paths";
import type { FileSystem } from "./file-system.ts";
import type { MachineImage } from "./machine-image.ts";
import { MASK } from "./service-unit.ts";

const ROOTS = { mode: 0o644, owner: "root" };

/** What the build of a golden image leaves on the root disk: programs are known by name alone, a configuration and a key it has none. */
export function writeBakedFiles(files: FileSystem, image: MachineImage): void {
  if (image.service === "absent") return;
  const topology = image.dataVolume === "required" ? "single" : "ha";
  files.write("/etc/systemd/system/rstudio-pm.service.d/steward.conf", serviceDropIn(topology), ROOTS);
  files.write(MASK, "-> /dev/null", ROOTS);
  files.write(PATHS.program, "#!/bin/sh\n", { mode: 0o755, owner: "root" });
  if (topology === "ha") files.write(CONFIG_PATHS.databaseAuthorities, "-----BEGIN CERTIFICATE-----\n", ROOTS);
  files.makeFolder("/etc/rstudio-pm", { mode: 0o755, owner: ACCOUNT.name });
  for (const [path, { text, ...access }] of Object.entries(image.left)) files.write(path, text, access);
}

/** What systemd-tmpfiles makes at every boot of a golden image: the data folder. */
export function writeBootFiles(files: FileSystem, image: MachineImage): void {
  if (image.service === "absent") return;
  files.makeFolder(ACCOUNT.home, { mode: 0o701, owner: ACCOUNT.name });
}
