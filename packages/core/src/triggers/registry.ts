import { alarmChanged } from "./alarm-changed.ts";
import { databaseEvent } from "./database-event.ts";
import { groupActivity } from "./group-activity.ts";
import { lifecycleAction } from "./lifecycle-action.ts";
import { parameterChanged } from "./parameter-changed.ts";

/** Every event-driven way into `observe`; the sweep comes by schedule. */
export const EVENT_TRIGGERS = [alarmChanged, lifecycleAction, groupActivity, databaseEvent, parameterChanged] as const;
