import { ACCOUNT } from "@steward/core/desired/places";
import type { FileSystem } from "./file-system.ts";

/** Repositories that every server of the account has, in the shape in which `GET /__api__/repos` lists them. */
const REPOSITORIES = [
  { id: 1, name: "cran", type: "R", description: "" },
  { id: 2, name: "pypi", type: "Python", description: "" },
];

const CRAN = { abind: "1.4-8", digest: "0.6.37", zoo: "1.8-14" };
const PYPI = { idna: "3.10", six: "1.17.0" };

/** What the folder of packages holds from the first start on, as if somebody had fetched it then; where the vendor puts it is assumed. */
const FIRST = [`${ACCOUNT.home}/cran/digest_${CRAN.digest}.tar.gz`, `${ACCOUNT.home}/pypi/six-${PYPI.six}-py2.py3-none-any.whl`];
const OF_SERVICE = { mode: 0o600, owner: ACCOUNT.name };

/** Leaves the packages that a server in use has stored. */
export function storeFirstPackages(files: FileSystem): void {
  for (const path of FIRST) files.write(path, `the bytes of ${path.split("/").at(-1)}`, OF_SERVICE);
}

/** Where packages come from: the folder of the server, and others' computers while it reaches them. */
interface Stock {
  files: FileSystem;
  /** Whether what is not on the volume can be had elsewhere. */
  reachesOthers: boolean;
}

/** Status and body of a path of the server. That it answers 500 for a package which it cannot get at is assumed. Source of the paths: Admin Guide, "Example Requests Served by Repositories". */
export function handedOut(path: string, stock: Stock): { status: number; body: string } {
  const index = INDEXES.get(path);
  if (index !== undefined) return { status: 200, body: index };
  const stored = packageAt(path);
  if (stored === undefined) return { status: 404, body: "" };
  const body = stock.files.read(stored) ?? (stock.reachesOthers ? "the bytes of a package" : undefined);
  return body === undefined ? { status: 500, body: "" } : { status: 200, body };
}

const wheel = (name: string, version: string): string => `${name}-${version}-py2.py3-none-any.whl`;

const INDEXES = new Map([
  ["/__api__/repos", JSON.stringify(REPOSITORIES)],
  [
    "/cran/latest/src/contrib/PACKAGES",
    Object.entries(CRAN)
      .map(([name, version]) => `Package: ${name}\nVersion: ${version}\n`)
      .join("\n"),
  ],
  [
    "/pypi/latest/simple/",
    Object.keys(PYPI)
      .map((name) => `<a href="${name}/">${name}</a>\n`)
      .join(""),
  ],
  ...Object.entries(PYPI).map(
    ([name, version]) => [`/pypi/latest/simple/${name}/`, `<a href="../../packages/1/${wheel(name, version)}#sha256=0">${wheel(name, version)}</a>\n`] as const,
  ),
]);

/** Where a package of an index would be stored; undefined for a path that no index knows. */
function packageAt(path: string): string | undefined {
  const file = path.slice(path.lastIndexOf("/") + 1);
  const isSource = path === `/cran/latest/src/contrib/${file}` && Object.entries(CRAN).some(([name, version]) => file === `${name}_${version}.tar.gz`);
  if (isSource) return `${ACCOUNT.home}/cran/${file}`;
  const isWheel = path === `/pypi/latest/packages/1/${file}` && Object.entries(PYPI).some(([name, version]) => file === wheel(name, version));
  return isWheel ? `${ACCOUNT.home}/pypi/${file}` : undefined;
}
