import type { Check, Finding, Stages } from "./check.ts";
import { addressChecks } from "./checks/address.ts";
import { adviceChecks } from "./checks/advice.ts";
import { databaseChecks } from "./checks/database.ts";
import { nameChecks } from "./checks/names.ts";
import { networkChecks } from "./checks/network.ts";
import { regionChecks } from "./checks/regions.ts";
import { sizeChecks } from "./checks/sizes.ts";
import { snapshotOptionChecks } from "./checks/snapshot-options.ts";
import { snapshotChecks } from "./checks/snapshots.ts";
import { storageChecks } from "./checks/storage.ts";

/** Everything that is asked of settings beyond their shape. What a rendered topology may not exceed is not asked here. */
export const CHECKS: readonly Check[] = [
  ...nameChecks,
  ...regionChecks,
  ...networkChecks,
  ...addressChecks,
  ...sizeChecks,
  ...databaseChecks,
  ...snapshotChecks,
  ...snapshotOptionChecks,
  ...storageChecks,
  ...adviceChecks,
];

/** All findings, by the table's order, each with the check that made it. */
export const checkAll = (stages: Stages): (Finding & Pick<Check, "id" | "level">)[] =>
  CHECKS.flatMap(({ id, level, of }) => of(stages).map((finding) => ({ ...finding, id, level })));
