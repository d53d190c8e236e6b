import { defineConfig } from "@steward/core/settings/schema";

/**
 * What is deployed: a fleet per stage. Everything that is not written here has the reference architecture's default;
 * docs/settings.md has every key, `npx steward config --stage production` shows what holds and where it comes from.
 * Licences, keys, passwords and certificates are vaulted and never written here.
 *
 * CHANGE the account, region, zones, address ranges and e-mail address below: they are examples, and nobody's.
 */
export default defineConfig({
  stages: {
    /** Two nodes behind a load balancer, S3 and Postgres: hundreds of data scientists. */
    production: {
      topology: "ha",
      account: "111122223333", // CHANGE: the account to deploy to; a deploy with another account's credentials is refused
      region: "us-east-1",
      network: {
        cidr: "10.20.0.0/16",
        zones: ["us-east-1a", "us-east-1b"],
      },
      access: {
        from: ["10.0.0.0/8", "203.0.113.0/24"], // CHANGE: who may reach the load balancer
      },
      plainHttp: true, // CHANGE: tokens travel in the open until a certificate stands here instead
      // certificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/...",
      // packageManager: { address: "https://packages.example.com" },
      alerts: {
        people: ["platform@example.com"], // CHANGE: who is told of incidents
      },
    },

    /** One server with its data on a volume: a small team. */
    team: {
      topology: "single",
      account: "111122223333", // CHANGE
      region: "us-east-1",
      network: {
        cidr: "10.21.0.0/16",
        zones: ["us-east-1a", "us-east-1b"],
      },
      access: {
        from: ["203.0.113.0/24"], // CHANGE: the server has a public address, so this has no default
      },
      alerts: {
        people: ["platform@example.com"], // CHANGE
      },
    },
  },
});
