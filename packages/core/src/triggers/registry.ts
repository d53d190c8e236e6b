import { alarmChanged } from "./alarm-changed.ts";
import { databaseEvent } from "./database-event.ts";
import { ebsSnapshot } from "./ebs-snapshot.ts";
import { groupActivity } from "./group-activity.ts";
import { healthEvent } from "./health-event.ts";
import { imageState } from "./image-state.ts";
import { keepSnapshots } from "./keep-snapshots.ts";
import { keyObjectChanged } from "./key-object-changed.ts";
import { lifecycleAction } from "./lifecycle-action.ts";
import { parameterChanged } from "./parameter-changed.ts";
import { sweep } from "./sweep.ts";

/** Every event-driven way in; each names the function that looks. */
export const EVENT_TRIGGERS = [
  alarmChanged,
  lifecycleAction,
  groupActivity,
  databaseEvent,
  parameterChanged,
  healthEvent,
  imageState,
  keyObjectChanged,
  ebsSnapshot,
] as const;

/** What comes by schedule, whatever the events say. */
export const SCHEDULED_TRIGGERS = [sweep, keepSnapshots] as const;
