import type { HttpResult } from "@steward/node/host";
import { beforeEach, describe, expect, test } from "vitest";
import type { StubHost } from "./a-host.ts";
import { aServedCopy, body, proved, status } from "./a-proof.ts";

const CRAN = "/cran/latest/src/contrib";
const PYPI = "/pypi/latest/simple";
const PYTHON = body('[{"name":"pypi","type":"Python"}]');
let host: StubHost;
let asked: string[];

beforeEach(async () => {
  host = await aServedCopy();
  asked = [];
  const { get } = host;
  host.get = async (url, ms) => {
    asked.push(new URL(url).pathname);
    return get(url, ms);
  };
});

/** What the server answers; to everything else that it has not got it. */
function serves(answers: Record<string, HttpResult>): void {
  const always = { "/__ping__": body("{}"), "/__api__/status": body('{"version":"2026.08.0"}') };
  host.answers = new Proxy<Record<string, HttpResult>>({ ...always, ...answers }, { get: (known, path: string) => known[path] ?? status(404) });
}

const index = (...names: string[]) => body(names.map((name) => `Package: ${name}\nVersion: 1.0\n`).join("\n"));
const links = (...hrefs: string[]) => body(hrefs.map((href) => `<a data-requires-python="&gt;=3" href="${href}">words</a>`).join("\n"));
const stores = (...files: string[]) => {
  host.says = { "find ": { exitCode: 1, stdout: files.map((file) => `${file}\n`).join("") } };
};
const packages = () => asked.filter((path) => /\.(gz|whl)$/.test(path));

describe("a package of R", () => {
  test("whose file bears its name on the volume is tried before all others", async () => {
    stores("0a1b.tar.gz", "zoo_1.8.tar.gz", "six-1.17.0-py3-none-any.whl");
    expect((await proved(host)).package?.path).toBe(`${CRAN}/zoo_1.8.tar.gz`);
    expect(packages()).toEqual([`${CRAN}/zoo_1.8.tar.gz`]);
    expect(host.ran.find((line) => line.startsWith("find "))).toBe(
      "find /var/lib/rstudio-pm/packages /var/lib/rstudio-pm/cran /var/lib/rstudio-pm/pypi -xdev -type f ( -name *.tar.gz -o -name *.whl ) -printf %f\\n",
    );
  });

  test("is tried once, in the order of the index, without what is for other versions of R or has no name", async () => {
    serves({
      "/__api__/repos": body('[{"name":"cran","type":"R"}]'),
      [`${CRAN}/PACKAGES`]: body(
        "Package: a\nVersion: 1.0\n\nPackage: b\nVersion: 1.0\nPath: 4.0/Recommended\n\nPackage: ../c\nVersion: 1.0\n\nPackage: d\n\nPackage: a\nVersion: 1.0\n\nPackage: e\nVersion: 2.0-1\n",
      ),
      [`${CRAN}/e_2.0-1.tar.gz`]: body("x"),
    });
    expect((await proved(host)).package).toMatchObject({ name: "e", status: 200, bytes: 1 });
    expect(packages()).toEqual([`${CRAN}/a_1.0.tar.gz`, `${CRAN}/e_2.0-1.tar.gz`]);
  });

  test.each<[string, HttpResult]>([
    ["is empty", body("")],
    ["is refused", { kind: "refused" }],
    ["takes too long", { kind: "timeout" }],
  ])("that %s proves nothing", async (_, answer) => {
    serves({ "/__api__/repos": body('[{"name":"cran","type":"R"}]'), [`${CRAN}/PACKAGES`]: index("a"), [`${CRAN}/a_1.0.tar.gz`]: answer });
    expect(await proved(host)).toMatchObject({
      metadata: { repository: "cran", status: 200 },
      package: null,
      packageBecause: "none of 1 packages came from the volume",
    });
  });

  test("is looked for twenty times, also where many lie on the volume by their names", async () => {
    stores(...Array.from({ length: 15 }, (_, number) => `stored${number}_1.0.tar.gz`));
    serves({
      "/__api__/repos": body('[{"name":"cran","type":"R"}]'),
      [`${CRAN}/PACKAGES`]: index(...Array.from({ length: 40 }, (_, number) => `p${number}`)),
    });
    expect((await proved(host)).packageBecause).toBe("none of 20 packages came from the volume");
    expect([packages().length, packages().filter((path) => path.includes("stored")).length]).toEqual([20, 10]);
  });
});

describe("a package of Python", () => {
  test("is found by the page of its project, whatever computer the page names", async () => {
    serves({
      "/__api__/repos": PYTHON,
      [`${PYPI}/`]: links(`/pypi/latest/simple/Zope.Interface/?a=b#c`),
      [`${PYPI}/zope-interface/`]: links("mailto:nobody", "http://[", "https://ppm.example.com/pypi/latest/packages/7/zope-1.0.whl?a=1&amp;b=2#sha256=0"),
      "/pypi/latest/packages/7/zope-1.0.whl": body("wheel"),
    });
    expect((await proved(host)).package).toEqual({ name: "zope-1.0.whl", path: "/pypi/latest/packages/7/zope-1.0.whl", status: 200, bytes: 5, ms: 3 });
  });

  test("that lies on the volume by its name is tried first, and by that very file", async () => {
    stores("Six-1.17.0-py3-none-any.whl", "-.whl");
    serves({
      "/__api__/repos": PYTHON,
      [`${PYPI}/`]: links("idna/"),
      [`${PYPI}/six/`]: links("../../packages/1/six-1.16.0.tar.gz", "../../packages/1/Six-1.17.0-py3-none-any.whl"),
      "/pypi/latest/packages/1/Six-1.17.0-py3-none-any.whl": body("wheel"),
    });
    expect((await proved(host)).package?.name).toBe("Six-1.17.0-py3-none-any.whl");
    expect(packages()).toHaveLength(1);
  });

  test("whose page does not come, names no file, or whose name is none, counts as tried", async () => {
    serves({ "/__api__/repos": PYTHON, [`${PYPI}/`]: links("gone/", "empty/", "%22/", "#"), [`${PYPI}/empty/`]: links("../readme.html") });
    expect((await proved(host)).packageBecause).toBe("none of 3 packages came from the volume");
  });
});

describe("repositories", () => {
  test("are looked into until one hands out a package, without those of other types and those whose names are none", async () => {
    serves({
      "/__api__/repos": body(
        '[null,{"name":"vsx","type":"VSX"},{"name":"../x","type":"R"},{"type":"R"},{"name":"broken","type":"R"},{"name":"cran","type":"R"},{"name":"local","type":"R"}]',
      ),
      [`${CRAN}/PACKAGES`]: index("a"),
      "/local/latest/src/contrib/PACKAGES": index("mine"),
      "/local/latest/src/contrib/mine_1.0.tar.gz": body("x"),
    });
    expect(await proved(host)).toMatchObject({ metadata: { repository: "local" }, package: { name: "mine" }, packageBecause: null });
  });

  test("have equal shares of the twenty tries, because what is surely stored may be in the last of them", async () => {
    const many = index(...Array.from({ length: 40 }, (_, number) => `p${number}`));
    serves({
      "/__api__/repos": body('[{"name":"cran","type":"R"},{"name":"local","type":"R"}]'),
      [`${CRAN}/PACKAGES`]: many,
      "/local/latest/src/contrib/PACKAGES": many,
      "/local/latest/src/contrib/p9_1.0.tar.gz": body("x"),
    });
    expect((await proved(host)).package?.path).toBe("/local/latest/src/contrib/p9_1.0.tar.gz");
    expect(packages()).toHaveLength(20);
  });

  test("that hand out none are told by the first that has an index, or by what the first of all answers", async () => {
    const two = body('[{"name":"broken","type":"R"},{"name":"cran","type":"R"}]');
    serves({ "/__api__/repos": two, [`${CRAN}/PACKAGES`]: body("") });
    expect(await proved(host)).toMatchObject({
      metadata: { repository: "cran", status: 200, bytes: 0 },
      package: null,
      packageBecause: "no index names a package",
    });
    serves({ "/__api__/repos": two });
    expect(await proved(host)).toMatchObject({ metadata: { repository: "broken", status: 404 }, packageBecause: "no index names a package" });
    serves({ "/__api__/repos": two, "/broken/latest/src/contrib/PACKAGES": { kind: "timeout" }, [`${CRAN}/PACKAGES`]: { kind: "timeout" } });
    expect(await proved(host)).toMatchObject({ metadata: null, package: null });
  });

  test.each<[string, HttpResult, string]>([
    ["can't be had", status(500), "the server's list of repositories: status 500"],
    ["does not come", { kind: "timeout" }, "the server's list of repositories: timeout"],
    ["is empty", body("[]"), "the server has no repository of R or Python"],
    ["is no list", body("{}"), "the server has no repository of R or Python"],
    ["is not understood", body("<html>"), "the server has no repository of R or Python"],
  ])("are none where their list %s", async (_, answer, packageBecause) => {
    serves({ "/__api__/repos": answer });
    expect(await proved(host)).toMatchObject({ metadata: null, package: null, packageBecause });
  });

  test("are asked no longer than four minutes", async () => {
    serves({ "/__api__/repos": body('[{"name":"cran","type":"R"}]'), [`${CRAN}/PACKAGES`]: index(...Array.from({ length: 40 }, (_, number) => `p${number}`)) });
    const { get } = host;
    const limits: number[] = [];
    host.get = async (url, ms) => {
      limits.push(ms);
      if (url.endsWith(".gz")) host.time += 20_000;
      return get(url, ms);
    };
    await proved(host);
    expect([limits.slice(0, 5), limits.at(-1)]).toEqual([[3_000, 3_000, 20_000, 60_000, 20_000], 1]);
  });
});
