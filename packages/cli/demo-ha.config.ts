import { defineConfig } from "@steward/core/settings/schema";

/** The stage of the simulated account: `steward account` serves it, and the other commands find it there. */
export default defineConfig({
  stages: {
    demo: {
      topology: "ha",
      account: "123456789012",
      region: "us-east-1",
      network: { zones: ["us-east-1a", "us-east-1b"] },
      plainHttp: true,
      access: { from: ["203.0.113.0/24"] },
      alerts: { people: ["people@example.com"] },
    },
  },
});
