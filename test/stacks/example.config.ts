import { defineConfig } from "@steward/core/settings/schema";

/** One stage of each topology with little more than what must be said; the graphs of the tests are theirs. */
export default defineConfig({
  stages: {
    single: {
      topology: "single",
      account: "123456789012",
      region: "us-east-1",
      network: { zones: ["us-east-1a", "us-east-1b"] },
      access: { from: ["203.0.113.0/24"] },
    },
    ha: {
      topology: "ha",
      account: "123456789012",
      region: "us-east-1",
      network: { zones: ["us-east-1a", "us-east-1b"] },
      plainHttp: true,
    },
  },
});
