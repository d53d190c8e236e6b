import type { Duration } from "../apply/run.ts";
import type { RunbookId } from "../runbooks/runbook.ts";
import type { Keeping } from "../settings/schema.ts";
import type { TopologyKind } from "../topology/topology.ts";

/** Everything about a decision that is a choice and not a fact. Absolute numbers: percentages break at two nodes. */
export interface Policy {
  topology: TopologyKind;
  /** Nodes that the fleet should have in service. */
  capacity: number;
  /** Facts older than this are not acted on. */
  staleAfter: Duration;
  /** How long facts may stay unreadable before a human is told. */
  blindFor: Duration;
  /** A younger node is left alone: it may still be starting. */
  bootGrace: Duration;
  /** How long the group may take to put its own replacement in service before a human is told. */
  groupPatience: Duration;
  /** How long the fleet must look well before an incident is closed. */
  verify: Duration;
  /** Pause between two looks while something is under way. */
  poll: Duration;
  /** Longer than one invocation of `remediate`; every look renews it. */
  leaseTtl: Duration;
  /** A change whose effect has not begun by then must not begin. */
  effectWithin: Duration;
  /** Runs of one runbook per lineage of a node within 24 h; replacement follows Posit's "escalate after two in 24 h". */
  budget: Record<RunbookId, number>;
  /** Rounds of one run before it hands over to the next sweep. */
  rounds: number;
  /** What the settings say of keeping and pruning; snapshots are null where there is no data volume to make them of. */
  keeping: Keeping;
}

export const defaultPolicy: Policy = {
  topology: "ha",
  capacity: 2,
  staleAfter: { minutes: 2 },
  blindFor: { minutes: 10 },
  bootGrace: { minutes: 3 },
  groupPatience: { minutes: 30 },
  verify: { seconds: 60 },
  poll: { seconds: 15 },
  leaseTtl: { minutes: 5 },
  effectWithin: { seconds: 60 },
  budget: {
    "restart-service": 3,
    "replace-node": 2,
    "admit-node": 6,
    "admit-server": 6,
    "retire-node": 6,
    "first-deploy": 100,
    "take-snapshots": 100,
    "snapshot-now": 20,
    "prune-snapshots": 100,
    "lock-snapshots": 100,
    "copy-snapshots": 300,
    "prune-copies": 100,
    "prove-restore": 200,
    "restore-volume": 200,
    "confirm-restore": 20,
    "prune-images": 20,
  },
  rounds: 80,
  keeping: { snapshots: null, images: { keep: 3, days: 30, disableFirst: false } },
};

/** The policy of either architecture: they differ in how many nodes there should be, and in what a node carries with it. */
export const policyOf = (topology: TopologyKind, keeping: Keeping = defaultPolicy.keeping): Policy => ({
  ...defaultPolicy,
  topology,
  capacity: topology === "ha" ? 2 : 1,
  keeping,
});
