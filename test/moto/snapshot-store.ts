import type { EC2Client } from "@aws-sdk/client-ec2";
import { createSnapshots } from "@steward/aws/snapshots";
import type { SnapshotStore } from "@steward/core/snapshots/ports";
import type { MotoServer } from "./moto-server.ts";

/** What moto 5.2.1 can't be asked, and AWS's answer for an account without locks. */
const MISSING: Record<string, object> = { DescribeLockedSnapshots: { Snapshots: [] } };

/** A client of moto's; what moto lacks is answered on the way. */
export function completed(ec2: EC2Client): EC2Client {
  const stack = ec2.middlewareStack.clone() as unknown as { add: (middleware: unknown, options: object) => void };
  stack.add(
    (next: (args: unknown) => unknown, { commandName }: { commandName: string }) =>
      async (args: unknown) => {
        const output = MISSING[commandName.replace(/Command$/, "")];
        return output ? { output: { $metadata: {}, ...output }, response: {} } : next(args);
      },
    { step: "initialize", name: "missing" },
  );
  return Object.assign(Object.create(ec2) as EC2Client, { middlewareStack: stack });
}

/** The adapter over moto. */
export function snapshotStoreOf({ clients: { ec2, ec2Once } }: MotoServer, stage: string): SnapshotStore {
  return createSnapshots(completed(ec2), ec2Once, { stage, now: () => new Date("2026-01-05T09:00:00.000Z"), needed: async () => [] });
}
