import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { ACCOUNT } from "@steward/core/desired/places";

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

/** Files of the package and of the package database, by path. */
let installed: Map<string, Buffer> | undefined;

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
  for (const [path, content] of installed) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

function installOnce(): Map<string, Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "steward-package-"));
  const [tree, root] = [join(folder, "package"), join(folder, "root")];
  for (const path of [`${tree}/DEBIAN`, `${tree}/usr/lib/systemd/system`, `${root}/var/lib/dpkg/info`, `${root}/var/lib/dpkg/updates`])
    mkdirSync(path, { recursive: true });
  writeFileSync(join(tree, "DEBIAN/control"), CONTROL);
  writeFileSync(join(tree, "usr/lib/systemd/system/rstudio-pm.service"), SERVICE);
  execFileSync("dpkg-deb", ["--build", "--root-owner-group", tree, `${tree}.deb`], { stdio: "ignore" });
  for (const name of ["status", "available"]) writeFileSync(join(root, "var/lib/dpkg", name), "");
  execFileSync("dpkg", [`--root=${root}`, "--install", `${tree}.deb`], { stdio: "ignore" });
  execFileSync("dpkg", [`--root=${root}`, "--set-selections"], { input: "rstudio-pm hold\n", stdio: ["pipe", "ignore", "ignore"] });
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const found = files.map(({ parentPath, name }) => [relative(root, join(parentPath, name)), readFileSync(join(parentPath, name))] as const);
  rmSync(folder, { recursive: true });
  return new Map(found);
}
