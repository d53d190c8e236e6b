import { alarmChanged } from "./alarm-changed.ts";
import { databaseEvent } from "./database-event.ts";
import { groupActivity } from "./group-activity.ts";
import { healthEvent } from "./health-event.ts";
import { imageState } from "./image-state.ts";
import { keyObjectChanged } from "./key-object-changed.ts";
import { lifecycleAction } from "./lifecycle-action.ts";
import { parameterChanged } from "./parameter-changed.ts";

/** Every event-driven way into `observe`; the sweep comes by schedule. */
export const EVENT_TRIGGERS = [
  alarmChanged,
  lifecycleAction,
  groupActivity,
  databaseEvent,
  parameterChanged,
  healthEvent,
  imageState,
  keyObjectChanged,
] as const;
