import type { RunbookId } from "../runbooks/runbook.ts";

/**
 * What a symptom can be explained by, whether it is shared, what Steward may do about it (cheapest first), and what it
 * means in words for people. Sources: the failure modes and the "may do / then" table of Package Manager's operations.
 */
export const CAUSES = {
  "service-down": { shared: false, ladder: ["restart-service", "replace-node"], words: "Package Manager is not running on the node" },
  "service-hangs": { shared: false, ladder: ["restart-service", "replace-node"], words: "Package Manager runs but does not answer" },
  "service-refuses": { shared: false, ladder: ["restart-service", "replace-node"], words: "Package Manager answers with errors" },
  "node-silent": { shared: false, ladder: ["replace-node"], words: "the node does not answer the agent any more" },
  "node-cut-off": { shared: false, ladder: ["replace-node"], words: "the node alone can't reach the database or the package storage" },
  "instance-impaired": { shared: false, ladder: ["replace-node"], words: "EC2's status checks fail" },
  "instance-gone": { shared: false, ladder: [], words: "the instance is gone; the group replaces it by itself" },
  "server-gone": { shared: false, ladder: [], words: "the server no longer runs; nothing replaces it" },
  "path-broken": { shared: false, ladder: [], words: "the node answers locally but not to the load balancer" },
  "admission-failed": { shared: false, ladder: [], words: "a new node did not become equal to the desired state" },
  "fleet-differs": { shared: false, ladder: [], words: "the fleet is not what was declared" },
  "first-deploy-late": { shared: false, ladder: [], words: "the first deploy stands still" },
  "snapshot-failed": { shared: false, ladder: [], words: "a snapshot of the data volume could not be made" },
  "snapshot-stuck": { shared: false, ladder: [], words: "a snapshot of the data volume does not get finished" },
  "snapshot-missing": { shared: false, ladder: [], words: "a snapshot of the data volume is overdue" },
  "snapshots-unfrozen": { shared: false, ladder: [], words: "snapshots are made without bringing the database to rest" },
  "pruning-stopped": { shared: false, ladder: [], words: "more snapshots are due to be deleted than may go at once" },
  "pruning-partial": { shared: false, ladder: [], words: "snapshots that are due could not be deleted" },
  "orphaned-snapshots": { shared: false, ladder: [], words: "snapshots are all that is left of a data volume" },
  "snapshots-unlocked": { shared: false, ladder: [], words: "the newest snapshots could not be locked" },
  "copy-failed": { shared: false, ladder: [], words: "a snapshot could not be copied to the other region" },
  "copy-missing": { shared: false, ladder: [], words: "a copy in the other region is overdue" },
  "copies-unpruned": { shared: false, ladder: [], words: "copies that are due stay in the other region" },
  "images-unpruned": { shared: false, ladder: [], words: "images that nothing keeps could not be taken away" },
  "restore-unproven": { shared: false, ladder: [], words: "no restore has been proven to work" },
  "drill-left-over": { shared: false, ladder: [], words: "something is left of a drill" },
  "restore-failed": { shared: false, ladder: [], words: "a restore of the data volume does not get finished" },
  "restore-unconfirmed": { shared: false, ladder: [], words: "a restore of the data volume waits for its confirmation" },
  "database-unreachable": { shared: true, ladder: [], words: "the database can't be reached" },
  "storage-unreachable": { shared: true, ladder: [], words: "the package storage can't be reached" },
  "all-nodes-sick": { shared: true, ladder: [], words: "every node is sick at once, so it is not one node's trouble" },
} as const satisfies Record<string, { shared: boolean; ladder: RunbookId[]; words: string }>;

export type Cause = keyof typeof CAUSES;

/** Reads a cause off a record; what is not in the table is treated as shared, so that nothing is done about it. */
export const causeOf = (name: string): { shared: boolean; ladder: readonly RunbookId[]; words: string } =>
  Object.hasOwn(CAUSES, name) ? CAUSES[name as Cause] : { shared: true, ladder: [], words: name };
