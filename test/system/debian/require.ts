import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Fails by name when this is not the computer that the suite needs: root on Debian, with the packages of `packages.txt`. */
export function requireDebian(): void {
  const packages = readFileSync(join(import.meta.dirname, "../packages.txt"), "utf8")
    .trim()
    .split("\n");
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length > 0) throw new Error(`the system suite needs these Debian packages: apt-get install ${missing.join(" ")}`);
  if (process.getuid?.() !== 0)
    throw new Error("the system suite needs to run as root: it gives files to accounts and installs a package into a root of its own");
}

function isInstalled(name: string): boolean {
  try {
    return execFileSync("dpkg-query", ["-W", "-f=$" + "{Status}", name], { stdio: ["ignore", "pipe", "ignore"] }).toString() === "install ok installed";
  } catch {
    return false;
  }
}
