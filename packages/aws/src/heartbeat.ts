import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { HEARTBEAT } from "@steward/core/fleet/heartbeat";
import type { DutyName } from "@steward/core/survey/duties";
import { createTable } from "./table.ts";

/** When each duty last succeeded, where nodes can read it too. */
export interface Heartbeat {
  /** Notes a success; one that comes late never turns the time back. */
  beat(duty: DutyName, at: Date): Promise<void>;
  successes(): Promise<Map<string, Date>>;
}

/** One ledger item per duty: partition `heartbeat`, the duty's name, `at`. */
export function createHeartbeat(client: DynamoDBClient, tableName: string): Heartbeat {
  const table = createTable(client, tableName);
  return {
    async beat(duty, at) {
      await table.put({ pk: HEARTBEAT, sk: duty, at }, { when: "attribute_not_exists(#at) OR #at < :at", values: { at } });
    },
    successes: async () => new Map((await table.list(HEARTBEAT)).map((item) => [item.sk, new Date(String(item.at))])),
  };
}
