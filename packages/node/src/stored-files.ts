import type { Host } from "./host.ts";
import { PATHS } from "./paths.ts";
import { LINES, run } from "./programs.ts";

/** Where packages lie that were uploaded, built or fetched before. Source: Admin Guide, "Storage Classes"; what is below these folders is on no page. */
const STORES = ["packages", "cran", "pypi"].map((folder) => `${PATHS.home}/${folder}`);

const NAMES = { ms: 20_000 };

/** Names alone, of as many files as can be found in time. */
export async function storedNames(host: Host): Promise<ReadonlySet<string>> {
  const { stdout } = await run(host, LINES.packageFiles(STORES.map(host.locate)), NAMES);
  return new Set(stdout.split("\n").filter(Boolean));
}

/** How many packages are stored; null where that takes too long. `find` ends with 1 where a folder is not there, after all the others. */
export async function countStored(host: Host, ms: number): Promise<number | null> {
  const { exitCode, stdout } = await run(host, LINES.countPackageFiles(STORES.map(host.locate)), { ms: Math.max(1, ms) });
  return exitCode === 0 || exitCode === 1 ? stdout.split("\n").filter(Boolean).length : null;
}
