import type { TopologyKind } from "@steward/core/topology/topology";
import { followRealTime, serve } from "@steward/simulator/account/http";
import { Stage } from "./stage.ts";

interface Serving {
  port: number;
  seed: number;
  topology: TopologyKind;
  /** Nothing serves yet. */
  empty: boolean;
}

/** Serves until interrupted. Steward watches over what is there, and time runs as on the wall. */
export async function serveAccount({ port, seed, topology, empty }: Serving): Promise<void> {
  const stage = await Stage.open(seed, { topology, empty });
  const server = await serve(stage.world.account, { port, host: "127.0.0.1" });
  const time = followRealTime();
  process.stdout.write(welcome(server.port, topology));
  await interrupted();
  time.stop();
  await server.close();
}

const interrupted = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });

const welcome = (port: number, topology: TopologyKind): string => `The simulated account listens on http://127.0.0.1:${port} (this machine only).

  export AWS_ENDPOINT_URL=http://127.0.0.1:${port} AWS_DEFAULT_REGION=us-east-1
  export AWS_ACCESS_KEY_ID=AKIASTEWARDOPERATOR0 AWS_SECRET_ACCESS_KEY=any
  aws ec2 describe-instances
  aws autoscaling describe-auto-scaling-groups
  npx steward status --file packages/cli/demo-${topology}.config.ts

Ctrl-C ends it; nothing is kept.
`;
