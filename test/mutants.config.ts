import { defineConfig } from "vitest/config";

/** The pure tests of what decides, for mutation tests: sources are those of the sandbox that the tests lie in, not those that `node_modules` links to. */
export default defineConfig({
  resolve: { alias: [{ find: /^@steward\/([^/]+)\/(.+)$/, replacement: `${process.cwd()}/packages/$1/src/$2.ts` }] },
  test: {
    include: ["test/core/{apply,fleet,guards,health,image,incidents,proof,retention,runbooks,snapshots,survey}/**/*.test.ts"],
    // Slow, and about no decision: what shell scripts do, and every run killed at every step, which the tests of its parts say sooner.
    // Slow, and random: properties. A score has to be the same in every run, so there is a table beside each of them.
    exclude: [
      "test/core/image/{agents,checks,components,role,script}.test.ts",
      "test/core/apply/crash.test.ts",
      "test/core/**/{properties,*-properties,comes-true,walk}.test.ts",
    ],
    testTimeout: 120_000,
  },
});
