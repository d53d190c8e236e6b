import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The little of esbuild's interface that is used; the program itself is the platform's, as in SST's command. */
interface Esbuild {
  build(options: Record<string, unknown>): Promise<unknown>;
}
interface PluginBuild {
  onResolve(options: { filter: RegExp }, on: (args: { importer: string; kind: string }) => { errors: { text: string }[] } | undefined): void;
  onLoad(options: { filter: RegExp }, on: (args: { path: string }) => { contents: string; loader: "ts" } | undefined): void;
}

export interface Bundling {
  root: string;
  platform: string;
  /** The program's file: `sst.config.ts` or another of its kind. */
  program: string;
  outfile: string;
  /** Source of the entry. */
  code: string;
  define?: Record<string, string>;
  inject?: string[];
  /** Imports put before every file outside the platform, as SST does for `run`; without any, the program's own imports are checked. */
  globals?: string;
  banner?: string;
}

const BANNER = `
import { createRequire as topLevelCreateRequire } from "module";
const require = topLevelCreateRequire(import.meta.url);
import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url";
const __filename = topLevelFileUrlToPath(import.meta.url);
const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url));
`;

/** Bundles as SST's command does (its pkg/js/js.go), rules included: no top-level import in the program's own file. */
export async function bundle({ root, platform, program, outfile, code, define = {}, inject = [], globals = "", banner = "" }: Bundling): Promise<void> {
  const esbuild = createRequire(`${platform}/package.json`)("esbuild") as Esbuild;
  await esbuild.build({
    stdin: { contents: code, resolveDir: root, sourcefile: "eval.ts", loader: "ts" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "es2023",
    mainFields: ["module", "main"],
    sourcemap: "linked",
    outfile,
    nodePaths: [join(platform, "node_modules")],
    external: ["@pulumi/*", "@pulumiverse/*", "@sst-provider/*", "@aws-sdk/*", "undici", "esbuild", "archiver", "glob", "vite"],
    define,
    inject,
    banner: { js: BANNER + banner },
    plugins: globals ? [withGlobals(dirname(platform), globals)] : [noTopLevelImports(program)],
    logLevel: "silent",
  });
}

const noTopLevelImports = (program: string) => ({
  name: "no-top-level-imports",
  setup(build: PluginBuild) {
    build.onResolve({ filter: /.*/ }, ({ importer, kind }) => {
      if (importer !== program || kind !== "import-statement") return undefined;
      return { errors: [{ text: `SST refuses imports at the top of ${program}: import inside app or run` }] };
    });
  },
});

const withGlobals = (workFolder: string, globals: string) => ({
  name: "globals",
  setup(build: PluginBuild) {
    build.onLoad({ filter: /\.[cm]?[jt]s$/ }, ({ path }) =>
      path.startsWith(`${workFolder}/`) ? undefined : { contents: `${globals}\n${readFileSync(path, "utf8")}`, loader: "ts" },
    );
  },
});
