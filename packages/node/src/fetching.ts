import type { ProofReport } from "@steward/core/fleet/proof-report";
import { readConfig, serviceUrl } from "./addresses.ts";
import type { Download, Host } from "./host.ts";
import {
  fileOn,
  indexOf,
  listedIn,
  type PackageFile,
  projectOf,
  projectPage,
  projectsIn,
  type Repository,
  repositoriesIn,
  sourceFile,
  sourcesIn,
} from "./package-paths.ts";
import { storedNames } from "./stored-files.ts";

/** What was fetched of the server, and why not more. */
export type Fetched = Pick<ProofReport, "repositories" | "metadata" | "package" | "packageBecause">;

const MOST_REPOSITORIES = 5;
const MOST_TRIES = 20;
/** Of them for packages that lie on the volume by their name, so that some are left for the index. */
const MOST_STORED = 10;
const INDEX_MS = 60_000;
const PACKAGE_MS = 20_000;

/**
 * Fetches the index of one repository and one package that is stored on the volume, from the server on this node. The service reaches no
 * other computer, so whatever it hands out was stored. Packages whose files bear their names there are tried first, then those of the index.
 */
export async function fetchedFrom(host: Host, deadline: number): Promise<Fetched> {
  const config = await readConfig(host);
  const server: Server = {
    fetch: async (path, ms) => host.download(serviceUrl(config, path), Math.max(1, Math.min(ms, deadline - host.now().getTime()))),
    tried: 0,
    most: MOST_TRIES,
  };
  const list = await server.fetch("/__api__/repos", PACKAGE_MS);
  if (list.kind !== "answer" || list.status !== 200)
    return { repositories: null, metadata: null, package: null, packageBecause: `the server's list of repositories: ${inWords(list)}` };
  const listed = listedIn(list.beginning);
  const repositories = repositoriesIn(list.beginning).slice(0, MOST_REPOSITORIES);
  if (repositories.length === 0) return { repositories: listed, metadata: null, package: null, packageBecause: "the server has no repository of R or Python" };
  const stored = await storedNames(host);
  const looks: Look[] = [];
  for (const [position, repository] of repositories.entries()) {
    server.most = Math.ceil((MOST_TRIES * (position + 1)) / repositories.length);
    const look = await lookInto(server, repository, stored);
    if (look.package) return { repositories: listed, ...look, packageBecause: null };
    looks.push(look);
  }
  const metadata = looks.find((look) => look.metadata?.status === 200)?.metadata ?? looks[0]?.metadata ?? null;
  return {
    repositories: listed,
    metadata,
    package: null,
    packageBecause: server.tried === 0 ? "no index names a package" : `none of ${server.tried} packages came from the volume`,
  };
}

interface Server {
  fetch: (path: string, ms: number) => Promise<Download>;
  /** Packages that were asked for, and how many may have been when the next repository has its turn. */
  tried: number;
  most: number;
}

type Look = Pick<ProofReport, "metadata" | "package">;

const inWords = (answer: Download): string => (answer.kind === "answer" ? `status ${answer.status}` : answer.kind);

async function lookInto(server: Server, repository: Repository, stored: ReadonlySet<string>): Promise<Look> {
  const path = indexOf(repository);
  const index = await server.fetch(path, INDEX_MS);
  if (index.kind !== "answer") return { metadata: null, package: null };
  const { status, bytes, ms } = index;
  const metadata = { repository: repository.name, path, status, bytes, ms };
  if (status !== 200) return { metadata, package: null };
  for await (const file of candidates(server, { repository, index: index.beginning, stored })) {
    const found = await tried(server, file);
    if (found) return { metadata, package: found };
  }
  return { metadata, package: null };
}

interface Stock {
  repository: Repository;
  index: string;
  stored: ReadonlySet<string>;
}

async function tried(server: Server, { name, path }: PackageFile): Promise<Look["package"]> {
  server.tried++;
  const answer = await server.fetch(path, PACKAGE_MS);
  if (answer.kind !== "answer" || answer.status !== 200 || answer.bytes === 0) return null;
  return { name, path, status: answer.status, bytes: answer.bytes, ms: answer.ms };
}

/** Packages to try, the likely ones first, until this repository has had its share. */
async function* candidates(server: Server, { repository, index, stored }: Stock): AsyncGenerator<PackageFile> {
  const seen = new Set<string>();
  for (const find of repository.type === "R" ? rPackages(repository, index, stored) : pythonPackages(server, { repository, index, stored })) {
    if (server.tried >= server.most) return;
    const file = await find();
    if (!file || seen.has(file.path)) continue;
    seen.add(file.path);
    yield file;
  }
}

type Find = () => Promise<PackageFile | undefined>;

function rPackages(repository: Repository, index: string, stored: ReadonlySet<string>): Find[] {
  const known = [...stored].flatMap((file) => sourceFile(repository, file) ?? []).slice(0, MOST_STORED);
  return [...known, ...sourcesIn(repository, index)].map((file) => async () => file);
}

/** A project's files have paths of their own, which its page tells; a page that does not come counts as a try. */
function pythonPackages(server: Server, { repository, index, stored }: Stock): Find[] {
  const known = [...new Set([...stored].flatMap((file) => projectOf(file) ?? []))].slice(0, MOST_STORED);
  return [...known, ...projectsIn(index)].map((project) => async () => {
    const path = projectPage(repository, project);
    const page = path === undefined ? undefined : await server.fetch(path, PACKAGE_MS);
    const file = path !== undefined && page?.kind === "answer" && page.status === 200 ? fileOn({ path, text: page.beginning }, stored) : undefined;
    if (!file) server.tried++;
    return file;
  });
}
