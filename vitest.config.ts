import { defineConfig } from "vitest/config";

const project = (name: string, include: string[], { setupFiles = [], globalSetup = [] }: { setupFiles?: string[]; globalSetup?: string[] } = {}) => ({
  test: { name, include, setupFiles, globalSetup, testTimeout: 120_000, hookTimeout: 120_000 },
});

/** `unit` never sees the world's clock; `stories` installs it before anything is imported; `stacks` evaluates `sst.config.ts` once for all its files. */
export default defineConfig({
  test: {
    maxWorkers: "100%",
    projects: [
      project("unit", ["test/{core,aws,functions,node,cli}/**/*.test.ts", "test/simulator/pure/**/*.test.ts"]),
      project("stories", ["test/stories/**/*.test.ts", "test/simulator/account/**/*.test.ts"], { setupFiles: ["test/world-setup.ts"] }),
      project("stacks", ["test/stacks/**/*.test.ts"], { globalSetup: ["test/stacks/setup.ts"] }),
      project("system", ["test/system/**/*.test.ts"]),
      project("moto", ["test/moto/**/*.test.ts"]),
    ],
    coverage: { provider: "v8", include: ["packages/core/src/**"] },
  },
});
