/** A package as a repository hands it out. */
export interface PackageFile {
  name: string;
  path: string;
}

/** Name and type of a repository; other types than these two have no index that is looked at here. */
export interface Repository {
  name: string;
  type: "R" | "Python";
}

const WORD = /^[A-Za-z0-9][\w.-]{0,99}$/;

/** Repositories in the server's own list. Source: the answers of `GET /__api__/repos` as public clients of the API read them: `name` and `type`. */
export function repositoriesIn(body: string): Repository[] {
  const list = parsed(body);
  return (Array.isArray(list) ? list : []).flatMap((one: { name?: unknown; type?: unknown } | null) => {
    const type = TYPES.find((known) => known === one?.type);
    return type && typeof one?.name === "string" && WORD.test(one.name) ? [{ name: one.name, type }] : [];
  });
}

const TYPES = ["R", "Python"] as const;

/** How many repositories of any type the server lists; null for what is no list. A long one comes with its beginning alone, and each has an id. */
export function listedIn(body: string): number | null {
  const list = parsed(body);
  if (Array.isArray(list)) return list.length;
  return body.startsWith("[") ? [...body.matchAll(/"id":/g)].length : null;
}

/** The index of everything in a repository. Source: Admin Guide, "Example Requests Served by Repositories"; PEP 503 for the root of `simple`. */
export const indexOf = ({ name, type }: Repository): string => (type === "R" ? `/${name}/latest/src/contrib/PACKAGES` : `/${name}/latest/simple/`);

/** An R package by the name of its source file, which is the same in every repository; undefined for a name that is none. */
export function sourceFile(repository: Repository, file: string): PackageFile | undefined {
  const [, name] = /^([A-Za-z][A-Za-z0-9.]{0,99})_\d[\w.-]{0,49}\.tar\.gz$/.exec(file) ?? [];
  return name === undefined ? undefined : { name, path: `/${repository.name}/latest/src/contrib/${file}` };
}

/** Sources of R packages in the beginning of an index, in its order. Source: R documentation, `write_PACKAGES`, for its fields. */
export function sourcesIn(repository: Repository, index: string): PackageFile[] {
  const fields = (text: string) => new Map([...text.matchAll(/^([A-Za-z]+): (.*)$/gm)].map(([, key, value]) => [key, value]));
  const entries = index.split(/\n\s*\n/).map(fields);
  // What lies below a path of its own is another version for another R.
  const plain = entries.filter((entry) => !entry.has("Path"));
  return plain.flatMap((entry) => sourceFile(repository, `${entry.get("Package")}_${entry.get("Version")}.tar.gz`) ?? []);
}

/** Page of a Python project; undefined for a name that is none. */
export const projectPage = (repository: Repository, project: string): string | undefined =>
  WORD.test(project) ? `/${repository.name}/latest/simple/${normal(project)}/` : undefined;

/** Source: PEP 503, "Normalized Names". */
const normal = (project: string): string => project.replace(/[-_.]+/g, "-").toLowerCase();

/** Projects in the beginning of the root page, in its order: by their links, because the words of a link are for people. */
export const projectsIn = (page: string): string[] => hrefs(page).flatMap((href) => /([^/]+)\/?$/.exec(href.replace(/[?#].*$/, ""))?.[1] ?? []);

/** The project that a file of Python's is one of. Source: PyPA, "Binary distribution format" and "Source distribution format". */
export const projectOf = (file: string): string | undefined => /^([A-Za-z0-9][\w.]*)-\d/.exec(file)?.[1];

/** The first file of a project's page, or that one of `wanted` which is on it. Whatever computer the link names, only its path counts. */
export function fileOn(page: { path: string; text: string }, wanted: ReadonlySet<string>): PackageFile | undefined {
  const paths = hrefs(page.text).flatMap((href) =>
    URL.canParse(href, `http://localhost${page.path}`) ? [new URL(href, `http://localhost${page.path}`).pathname] : [],
  );
  const files = paths.map((path) => ({ name: path.slice(path.lastIndexOf("/") + 1), path })).filter(({ name }) => /\.(whl|tar\.gz|zip)$/.test(name));
  return files.find(({ name }) => wanted.has(name)) ?? files[0];
}

const hrefs = (page: string): string[] =>
  [...page.matchAll(/<a\s[^>]*?href\s*=\s*["']([^"']{1,1000})["']/gi)].map(([, href = ""]) => href.replaceAll("&amp;", "&"));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
