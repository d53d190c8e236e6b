import { defineConfig } from "@steward/core/settings/schema";

/** Looks like the token of a paging service; it must not be found anywhere but in its subscription. */
export const CANARY = "canary-5f1d0c2e9b7a4c3d";

/** One stage of each topology with everything switched on that the example stages leave off. */
export default defineConfig({
  stages: {
    single: {
      topology: "single",
      account: "123456789012",
      region: "us-east-1",
      network: { cidr: "10.30.0.0/20", zones: ["us-east-1c", "us-east-1a"], interfaceEndpoints: true },
      access: { from: ["203.0.113.0/24", "198.51.100.7/32"] },
      tls: "none",
      snapshots: {
        schedules: [{ id: "daily", everyHours: 24, keep: { daily: 14, monthly: 12 } }],
        lock: { newest: 3, days: 7 },
        archive: { afterDays: 60 },
        copy: {
          region: "eu-west-1",
          kmsKeyArn: "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef",
          keep: { count: 7 },
          schedules: ["daily"],
        },
      },
      packageManager: { license: { kind: "floating", server: "licences.example.com:8989" } },
      alerts: { people: ["ops@example.com"], pager: [`https://events.example.com/${CANARY}`] },
    },
    ha: {
      topology: "ha",
      account: "123456789012",
      region: "us-east-1",
      network: { zones: ["us-east-1a", "us-east-1b"], interfaceEndpoints: true },
      access: { from: ["203.0.113.0/24"] },
      certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
      packageManager: { address: "https://packages.example.com" },
      database: { engineVersion: "16.4", multiAz: true },
      storage: { bucket: "example-packages", prefix: "rspm" },
      alerts: { people: ["ops@example.com"], pager: [`https://events.example.com/${CANARY}`] },
      logDays: 90,
    },
  },
});
