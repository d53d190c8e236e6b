import { type Account, arn } from "../../account/account.ts";
import { between } from "../../world/chance.ts";

/** Ids, categories and messages as the RDS user guide lists them ("Amazon RDS event categories and event messages"). */
export const EVENTS = {
  created: { EventID: "RDS-EVENT-0005", category: "creation", message: "DB instance created." },
  backingUp: { EventID: "RDS-EVENT-0001", category: "backup", message: "Backing up DB instance." },
  backedUp: { EventID: "RDS-EVENT-0002", category: "backup", message: "Finished DB instance backup." },
  shutDown: { EventID: "RDS-EVENT-0004", category: "availability", message: "DB instance shutdown." },
  restarted: { EventID: "RDS-EVENT-0006", category: "availability", message: "DB instance restarted." },
  failingOver: { EventID: "RDS-EVENT-0013", category: "failover", message: "Multi-AZ instance failover started." },
  failedOver: { EventID: "RDS-EVENT-0049", category: "failover", message: "Multi-AZ instance failover completed." },
  storageFull: {
    EventID: "RDS-EVENT-0221",
    category: "availability",
    message:
      "DB instance has reached the storage-full threshold, and the database has been shut down. You can increase the allocated storage to address this issue.",
  },
  failed: {
    EventID: "RDS-EVENT-0031",
    category: "failure",
    message: "DB instance put into failed state. RDS recommends that you initiate a point-in-time-restore.",
  },
  restored: { EventID: "RDS-EVENT-0043", category: "restoration", message: "Restored from snapshot." },
  deleted: { EventID: "RDS-EVENT-0003", category: "deletion", message: "DB instance deleted." },
} as const;
export type EventName = keyof typeof EVENTS;

/** RDS delivers events in near-real time; a second to five is assumed. */
const LAG_MS = [1_000, 5_000] as const;

/** Puts an event on the default bus. Shape: RDS user guide, "Example of a DB instance event". */
export function announce(account: Account, id: string, name: EventName): void {
  const { EventID, category, message } = EVENTS[name];
  const source = arn("rds", `db:${id}`);
  const detail = {
    EventCategories: [category],
    SourceType: "DB_INSTANCE",
    SourceArn: source,
    Date: new Date().toISOString(),
    Message: message,
    SourceIdentifier: id,
    EventID,
  };
  setTimeout(() => account.links.emit({ source: "aws.rds", "detail-type": "RDS DB Instance Event", resources: [source], detail }), between(...LAG_MS));
}
