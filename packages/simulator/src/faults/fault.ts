import type { SimulatedAccount } from "../simulated-account.ts";

/** Whom a fault hits; what is left out is chosen by the world's chance or has the fault's own default. */
export interface FaultTarget {
  /** The node that suffers. */
  instanceId?: string;
  /** Names of the functions that suffer; all of them when left out. */
  functions?: string[];
  /** Kinds of events that are hit (`detail-type`); all of them when left out. */
  detailTypes?: string[];
  /** Which part of the calls or events is hit, 0 to 1. */
  share?: number;
}

/** Something that goes wrong in the world. Takes effect at once; same seed, same damage. */
export interface Fault {
  id: string;
  summary: string;
  inject: (world: SimulatedAccount, target?: FaultTarget) => void;
  /** Ends what the fault keeps doing; what it has broken stays broken. Absent where nothing goes on. */
  clear?: (world: SimulatedAccount) => void;
}
