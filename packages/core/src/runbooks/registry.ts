import { admitNode } from "./admit-node.ts";
import { admitServer } from "./admit-server.ts";
import { confirmRestore } from "./confirm-restore.ts";
import { copySnapshots } from "./copy-snapshots.ts";
import { firstDeploy } from "./first-deploy.ts";
import { lockSnapshots } from "./lock-snapshots.ts";
import { proveRestore } from "./prove-restore.ts";
import { pruneCopies } from "./prune-copies.ts";
import { pruneImages } from "./prune-images.ts";
import { pruneSnapshots } from "./prune-snapshots.ts";
import { replaceNode } from "./replace-node.ts";
import { restartService } from "./restart-service.ts";
import { restoreVolume } from "./restore-volume.ts";
import { retireNode } from "./retire-node.ts";
import type { Runbook, RunbookId } from "./runbook.ts";
import { snapshotNow } from "./snapshot-now.ts";
import { takeSnapshots } from "./take-snapshots.ts";

/** Every way to change the world. */
export const RUNBOOKS: Record<RunbookId, Runbook> = {
  "restart-service": restartService,
  "replace-node": replaceNode,
  "admit-node": admitNode,
  "admit-server": admitServer,
  "retire-node": retireNode,
  "first-deploy": firstDeploy,
  "take-snapshots": takeSnapshots,
  "snapshot-now": snapshotNow,
  "prune-snapshots": pruneSnapshots,
  "lock-snapshots": lockSnapshots,
  "copy-snapshots": copySnapshots,
  "prune-copies": pruneCopies,
  "prove-restore": proveRestore,
  "restore-volume": restoreVolume,
  "confirm-restore": confirmRestore,
  "prune-images": pruneImages,
};
