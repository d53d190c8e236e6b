import { createSnapshots } from "@steward/aws/snapshots";
import type { SnapshotStore } from "@steward/core/snapshots/ports";
import type { MotoServer } from "./moto-server.ts";

/** What moto 5.2.1 can't be asked, and AWS's answer for an account without locks. */
const MISSING: Record<string, object> = { DescribeLockedSnapshots: { Snapshots: [] } };

/** The adapter over moto; what moto lacks is answered on the way. */
export function snapshotStoreOf({ clients: { ec2, ec2Once } }: MotoServer, stage: string): SnapshotStore {
  const stack = ec2.middlewareStack.clone() as unknown as { add: (middleware: unknown, options: object) => void };
  stack.add(
    (next: (args: unknown) => unknown, { commandName }: { commandName: string }) =>
      async (args: unknown) => {
        const output = MISSING[commandName.replace(/Command$/, "")];
        return output ? { output: { $metadata: {}, ...output }, response: {} } : next(args);
      },
    { step: "initialize", name: "missing" },
  );
  const client: typeof ec2 = Object.assign(Object.create(ec2), { middlewareStack: stack });
  return createSnapshots(client, ec2Once, { stage, now: () => new Date("2026-01-05T09:00:00.000Z"), needed: async () => [] });
}
