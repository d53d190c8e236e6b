import { type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { Announcement, Bus } from "@steward/core/apply/ports";
import { Retryable } from "@steward/core/errors";
import { calling } from "./failures.ts";

const DETAIL_TYPE = { opened: "Incident Opened", paged: "Incident Paged", resolved: "Incident Resolved" } as const satisfies Record<
  Announcement["kind"],
  string
>;

/** The stage's own bus. PutEvents answers 200 even when it refuses an entry, so each entry's own answer counts. */
export const createBus = (client: EventBridgeClient, busName: string): Bus => ({
  async announce({ kind, incident }) {
    const entry = { EventBusName: busName, Source: "steward", DetailType: DETAIL_TYPE[kind], Detail: JSON.stringify({ kind, incident }) };
    const { Entries } = await calling("announce", () => client.send(new PutEventsCommand({ Entries: [entry] })));
    const refused = Entries?.find((answer) => answer.ErrorCode);
    if (refused) throw new Retryable(`the bus refused the announcement: ${refused.ErrorCode}: ${refused.ErrorMessage}`, { cause: refused });
  },
});
