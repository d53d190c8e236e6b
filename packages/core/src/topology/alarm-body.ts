import type { AlarmSpec } from "./control-spec.ts";
import type { Names } from "./names.ts";

/** An alarm without what follows from its id and its audience. */
export type AlarmBody = Omit<AlarmSpec, "name" | "tellsRecovery">;

/** The stage that an alarm is of. */
export interface Subject {
  stage: string;
  n: Names;
}
