import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** What is used of esbuild's API; the package itself comes with SST's platform, not with ours. */
interface Esbuild {
  version: string;
  build(options: Record<string, unknown>): Promise<unknown>;
}

const PLATFORM = new URL("../.sst/platform/", import.meta.url);

/** The esbuild of SST's installed platform; refuses by name where it is not installed. */
export async function loadEsbuild(): Promise<Esbuild> {
  const main = new URL("node_modules/esbuild/lib/main.js", PLATFORM);
  if (!existsSync(main)) throw new Error("the comparison needs SST's platform: run `node scripts/install-sst-platform.mjs` first");
  const { default: esbuild } = (await import(main.href)) as { default: Esbuild };
  return esbuild;
}

/** Ways to bundle that ours is compared with. */
export type Bundler = "sst" | "esbuild";

/** Builds one entry to one file; returns its size in bytes. */
export async function bundleByDefault(esbuild: Esbuild, by: Bundler, { entry, outfile }: { entry: string; outfile: string }): Promise<number> {
  await esbuild.build({ ...OPTIONS[by], entryPoints: [entry], outfile, bundle: true, platform: "node", logLevel: "error" });
  return (await stat(outfile)).size;
}

const BANNER = [
  "import { createRequire as topLevelCreateRequire } from 'module';",
  "const require = topLevelCreateRequire(import.meta.url);",
  'import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url"',
  "const __filename = topLevelFileUrlToPath(import.meta.url)",
  'const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url))',
  "",
].join("\n");

const OPTIONS: Record<Bundler, Record<string, unknown>> = {
  /** What `sst.aws.Function` does with a handler, its arguments left alone. Source: sst, pkg/runtime/node/build.go; `nodejs.minify` is true. */
  sst: {
    format: "esm",
    // SST says es2024 to the newer esbuild inside its own program; the platform's does not know it.
    target: "es2023",
    mainFields: ["module", "main"],
    keepNames: true,
    minify: true,
    sourcemap: "linked",
    banner: { js: BANNER },
    external: ["sharp", "pg-native"],
  },
  /** esbuild with its own defaults for Node: packages by their `main`, which is CommonJS. */
  esbuild: { format: "esm", minify: true, banner: { js: BANNER } },
};

export const sstVersion = async (): Promise<string> => (await readFile(fileURLToPath(new URL("version", PLATFORM)), "utf8")).trim();
