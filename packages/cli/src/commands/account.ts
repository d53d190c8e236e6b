import { TOPOLOGIES } from "@steward/core/topology/topology";
import { Command } from "commander";
import { UsageError } from "../usage-error.ts";

export const accountCommand = (): Command =>
  new Command("account")
    .description("Serve the simulated account on loopback, with a fleet in it and Steward at work, for the AWS CLI or boto3.")
    .option("--port <n>", "port on 127.0.0.1; 0 takes a free one", "4566")
    .option("--seed <n>", "whole number", "1")
    .option("--topology <kind>", `which reference architecture: ${TOPOLOGIES.join(" or ")}`, "ha")
    .option("--empty", "as a deploy leaves an account: no image, no secrets, no node; for steward secrets and steward status")
    .addHelpText("after", "\nTime runs as on your clock. Ctrl-C ends it; nothing is kept.")
    .action(async ({ port, seed, topology: wanted, empty = false }: { port: string; seed: string; topology: string; empty?: boolean }) => {
      const topology = TOPOLOGIES.find((known) => known === wanted);
      if (!topology) throw new UsageError(`unknown topology "${wanted}"; there is ${TOPOLOGIES.join(", ")}`);
      if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw new UsageError(`--port takes a number from 0 to 65535, not "${port}"`);
      if (!/^\d{1,9}$/.test(seed)) throw new UsageError(`--seed takes a whole number from 0 to 999999999, not "${seed}"`);
      const { installWorld } = await import("@steward/simulator/world/install");
      installWorld();
      process.env.POWERTOOLS_LOG_LEVEL ??= "SILENT";
      const { serveAccount } = await import("../simulation/serve-account.ts");
      await serveAccount({ port: Number(port), seed: Number(seed), topology, empty });
    });
