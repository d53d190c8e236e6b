import { addressFollows } from "./address-follows.ts";
import { consistencyTrue } from "./consistency-true.ts";
import { databaseCopyApart, databaseCopyLeft, databaseUnchanged } from "./database-drill.ts";
import { desiredDeclared } from "./desired-declared.ts";
import { drillApart } from "./drill-apart.ts";
import { drillLeft } from "./drill-left.ts";
import type { Invariant } from "./invariant.ts";
import { lastServing } from "./last-serving.ts";
import { leaseLeft } from "./lease-left.ts";
import { leaseShared } from "./lease-shared.ts";
import { noOrphanInstance } from "./no-orphan-instance.ts";
import { nothingForbidden } from "./nothing-forbidden.ts";
import { scaleIn } from "./scale-in.ts";
import { serverUnreplaced } from "./server-unreplaced.ts";
import { volumeKept } from "./volume-kept.ts";
import { volumeUnmoved } from "./volume-unmoved.ts";

/** What holds in every world, whatever goes wrong in it. */
export const INVARIANTS: readonly Invariant[] = [
  lastServing,
  scaleIn,
  noOrphanInstance,
  leaseLeft,
  leaseShared,
  desiredDeclared,
  nothingForbidden,
  volumeKept,
  volumeUnmoved,
  addressFollows,
  serverUnreplaced,
  consistencyTrue,
  drillLeft,
  drillApart,
  databaseCopyApart,
  databaseCopyLeft,
  databaseUnchanged,
];
