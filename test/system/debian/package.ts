import { execFileSync } from "node:child_process";
import { chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ACCOUNT } from "@steward/core/image/package-manager";

const CONTROL =
  "Package: rstudio-pm\nVersion: 2026.08.0\nArchitecture: all\nMaintainer: nobody <nobody@example.com>\nDescription: stands in for Package Manager\n";

/** As a vendor's package would have it. */
const SERVICE = `[Unit]
Description=Posit Package Manager
After=network.target

[Service]
Type=simple
User=rstudio-pm
RuntimeDirectory=rstudio-pm
ExecStart=/opt/rstudio-pm/bin/rstudio-pm --config /etc/rstudio-pm/rstudio-pm.gcfg
Restart=on-failure

[Install]
WantedBy=multi-user.target
`;

const INSTALLED = ["var/lib/dpkg", "usr/lib/systemd/system"];
let installed: string | undefined;

/** Gives a root the service account with its pinned numbers, and the folders that are its own. */
export function makeAccounts(root: string): void {
  const { name, id, home } = ACCOUNT;
  const add = (file: string, line: string) => writeFileSync(join(root, file), `${readFileSync(`/${file}`, "utf8").trimEnd()}\n${line}\n`);
  add("etc/passwd", `${name}:x:${id}:${id}::${home}:/usr/sbin/nologin`);
  add("etc/group", `${name}:x:${id}:`);
  for (const folder of [".suite/bucket", "etc/rstudio-pm", "var/log/rstudio/rstudio-pm"]) chownSync(join(root, folder), id, id);
}

/** Gives a root a real package of the right name and version, held, in a package database of its own; dpkg itself works once per process. */
export function installPackage(root: string): void {
  installed ??= installOnce();
  for (const folder of INSTALLED) cpSync(join(installed, folder), join(root, folder), { recursive: true });
}

function installOnce(): string {
  const root = mkdtempSync(join(tmpdir(), "steward-package-"));
  process.once("exit", () => rmSync(root, { recursive: true, force: true }));
  for (const folder of ["info", "updates"]) mkdirSync(join(root, "var/lib/dpkg", folder), { recursive: true });
  const tree = join(root, "package");
  mkdirSync(join(tree, "DEBIAN"), { recursive: true });
  mkdirSync(join(tree, "usr/lib/systemd/system"), { recursive: true });
  writeFileSync(join(tree, "DEBIAN/control"), CONTROL);
  writeFileSync(join(tree, "usr/lib/systemd/system/rstudio-pm.service"), SERVICE);
  execFileSync("dpkg-deb", ["--build", "--root-owner-group", tree, `${tree}.deb`], { stdio: "ignore" });
  for (const name of ["status", "available"]) writeFileSync(join(root, "var/lib/dpkg", name), "");
  execFileSync("dpkg", [`--root=${root}`, "--install", `${tree}.deb`], { stdio: "ignore" });
  execFileSync("dpkg", [`--root=${root}`, "--set-selections"], { input: "rstudio-pm hold\n", stdio: ["pipe", "ignore", "ignore"] });
  return root;
}
