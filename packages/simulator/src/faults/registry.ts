import { bothHang } from "./both-hang.ts";
import { databaseDown } from "./database-down.ts";
import { eventDoubled } from "./event-doubled.ts";
import { eventLost } from "./event-lost.ts";
import { eventOutOfOrder } from "./event-out-of-order.ts";
import { eventRepeated } from "./event-repeated.ts";
import type { Fault } from "./fault.ts";
import { functionKilled } from "./function-killed.ts";
import { hang } from "./hang.ts";
import { hangOnce } from "./hang-once.ts";
import { kill } from "./kill.ts";
import { killedFrozen } from "./killed-frozen.ts";
import { serviceCrash } from "./service-crash.ts";
import { snapshotFails } from "./snapshot-fails.ts";
import { stop } from "./stop.ts";
import { throttled } from "./throttled.ts";

/** The fault menu. */
export const FAULTS: readonly Fault[] = [
  kill,
  hang,
  hangOnce,
  stop,
  serviceCrash,
  bothHang,
  databaseDown,
  eventLost,
  eventDoubled,
  eventOutOfOrder,
  eventRepeated,
  throttled,
  functionKilled,
  killedFrozen,
  snapshotFails,
];

/** The fault of that id; an unknown id fails with the menu. */
export function fault(id: string): Fault {
  const found = FAULTS.find((one) => one.id === id);
  if (!found) throw new Error(`no fault is called ${id}; there are ${FAULTS.map((one) => one.id).join(", ")}`);
  return found;
}
