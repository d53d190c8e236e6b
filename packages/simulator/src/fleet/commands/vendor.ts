import { ACTIVATION, LICENSE_SERVER, licenseEnd, licenseText } from "../start-up.ts";
import { type Call, type Command, DONE, ended, NOT_FOUND, OUT_OF_TIME, STEP_MS, said } from "./command.ts";

const OFFLINE_MS = 1_500;
const DAY_MS = 86_400_000;

/** Package Manager's own command line, which talks to the running server. Source: Admin Guide, "rspm offline", "rspm cluster nodes". */
export const rspm: Command = async (call) => {
  const [verb] = call.words;
  if (verb === "offline" || verb === "online") return go(call, verb);
  return call.words.join(" ") === "cluster nodes -o json" ? nodes(call) : ended(1);
};

async function go({ computer: { packageManager }, takes, timeoutMs }: Call, to: "offline" | "online") {
  await takes(packageManager.isHung() ? timeoutMs : OFFLINE_MS);
  if (packageManager.isHung()) return OUT_OF_TIME;
  return packageManager.go(to) ? DONE : ended(1);
}

/** The shape of its JSON is on no page: assumed. */
async function nodes({ computer: { packageManager }, takes, timeoutMs }: Call) {
  await takes(packageManager.isHung() ? timeoutMs : STEP_MS);
  if (packageManager.isHung()) return OUT_OF_TIME;
  const cluster = packageManager.cluster();
  return cluster ? said(JSON.stringify(cluster.names.map((name) => ({ name, leader: name === cluster.leader })))) : ended(1);
}

/** Source: vendor's container documentation, for the three blocks and their fields; the headings are assumed. */
export const licenseManager: Command = async ({ computer, words, takes }) => {
  await takes(STEP_MS);
  const [verb, argument = ""] = words;
  const { files } = computer;
  if (verb === "status") {
    const blocks = [fileBlock(licenseText(files)), localBlock(files.entry(ACTIVATION) !== undefined), floatingBlock(files.read(LICENSE_SERVER))];
    return said(`${blocks.join("\n\n")}\n`);
  }
  const path = verb === "license-server" ? LICENSE_SERVER : verb === "activate" ? ACTIVATION : undefined;
  if (path === undefined) return ended(1);
  files.write(path, verb === "activate" ? "" : argument, { mode: 0o644, owner: "root" });
  return DONE;
};

function fileBlock(text: string | undefined): string {
  const heading = "-- License file status --\n\n";
  if (text === undefined) return `${heading}No license file was found.`;
  const end = licenseEnd(text);
  const days = Math.max(0, Math.floor((end.getTime() - Date.now()) / DAY_MS));
  const state = days > 0 ? "Activated" : "Expired";
  return `${heading}Status: ${state}\nExpiration: ${end.toISOString().slice(0, 10)} 00:00:00\nDays-Left: ${days}\nLicense-Scope: System`;
}

const localBlock = (activated: boolean): string =>
  `-- Local license status --\n\nTrial-Type: Verified\nStatus: ${activated ? "Activated" : "Expired"}\nDays-Left: ${activated ? 365 : 0}\nLicense-Scope: System`;

const floatingBlock = (server: string | undefined): string =>
  `-- Floating license status --\n\n${server === undefined ? "License server not in use." : `License-Server: ${server}\nStatus: Activated`}`;

/** `Rscript` and `python` where a version of them is installed. */
export const language: (path: string) => Command =
  (path) =>
  async ({ computer: { image }, takes }) => {
    await takes(STEP_MS);
    const [, r] = /^\/opt\/R\/([^/]+)\/bin\/Rscript$/.exec(path) ?? [];
    const [, python] = /^\/opt\/python\/([^/]+)\/bin\/python$/.exec(path) ?? [];
    if (r !== undefined && image.languages.r.includes(r)) return said(`Rscript (R) version ${r} (2026-04-24)\n`);
    return python !== undefined && image.languages.python.includes(python) ? said(`Python ${python}\n`) : NOT_FOUND;
  };
