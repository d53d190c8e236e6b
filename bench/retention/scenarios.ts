/** Who prunes: Steward, a shell loop around the AWS CLI, and what Cloud Custodian's `SnapshotDelete` does. */
export type ContenderId = "steward" | "sequential" | "process-each" | "two-workers";

/** One situation in which snapshots have to go, for everybody the same. */
export interface Scenario {
  id: "a" | "b" | "c" | "d";
  title: string;
  /** Snapshots of one volume, one an hour; the oldest `due` of them have to go. */
  total: number;
  due: number;
  /** What every call waits for before anybody answers it. */
  latencyMs: number;
  /** Whether calls about snapshots draw from EC2's published token buckets. */
  buckets: boolean;
  /** So many of those that are due can't be deleted: EC2 says that they are in use, which no describe call tells. */
  undeletable: number;
  /** Steward's pace: up to 5 as the setting allows it; more is the bench's own, where the stand-in has no limit. */
  perSecond: number;
  burst: number;
  contenders: ContenderId[];
}

/** So many are measured where a process per deletion would take a quarter of an hour. */
export const MEASURED_PROCESSES = 20;

/** EC2's published bucket of DeleteSnapshot, as full as it gets, and what it gets a second. Source: EC2 developer guide, "Request throttling for the Amazon EC2 API". */
const BUCKET = { burst: 100, perSecond: 5 };
/** Steward's settings for it: all but a second's worth, because calls overtake each other on their way. */
const FULL_RATE = { perSecond: 5, burst: 95 };
/** A burst that no stand-in limits. */
const FREELY = { burst: 100 };

/** Seconds below which nobody gets who keeps to the bucket. */
export const floorSeconds = ({ due }: Scenario): number => (due - BUCKET.burst) / BUCKET.perSecond;

const EVERYBODY: ContenderId[] = ["steward", "sequential", "two-workers"];

/** `quick` only shortens what waits for EC2's bucket. */
export const scenariosOf = (quick: boolean): Scenario[] => [
  {
    id: "a",
    title: "50 ms a call, no limits",
    total: 2_000,
    due: 1_440,
    latencyMs: 50,
    buckets: false,
    undeletable: 0,
    perSecond: 1_000,
    ...FREELY,
    contenders: [...EVERYBODY, "process-each"],
  },
  {
    id: "b",
    title: "EC2's published token buckets, 50 ms a call",
    total: quick ? 860 : 2_000,
    due: quick ? 300 : 1_440,
    latencyMs: 50,
    buckets: true,
    undeletable: 0,
    ...FULL_RATE,
    contenders: EVERYBODY,
  },
  {
    id: "c",
    title: "12 of those that are due are in use, 50 ms a call",
    total: 2_000,
    due: 1_440,
    latencyMs: 50,
    buckets: false,
    undeletable: 12,
    perSecond: 1_000,
    ...FREELY,
    contenders: EVERYBODY,
  },
  {
    id: "d",
    title: "10,000 over several invocations, 5 ms a call",
    total: 10_560,
    due: 10_000,
    latencyMs: 5,
    buckets: false,
    undeletable: 0,
    perSecond: 80,
    ...FREELY,
    contenders: ["steward"],
  },
];

/** What one contender did in one scenario. */
export interface Result {
  scenario: Scenario["id"];
  contender: ContenderId;
  /** From the start of its first process to its last answer. */
  wallSeconds: number;
  /** Whether the wall time stands for the measured part only and was multiplied. */
  extrapolated: boolean;
  /** Calls that arrived, by name: those about snapshots, and all others. */
  snapshotCalls: Record<string, number>;
  otherCalls: Record<string, number>;
  throttled: number;
  /** Due and still there. */
  left: number;
  /** Not due and gone: must be none. */
  lost: number;
  /** Those that it names as not deleted. */
  named: number;
  /** How it says that it ended. */
  said: string;
  processes: number;
  /** How often one of its processes was called: once for a loop, once for each part of a durable run. */
  invocations: number;
  /** Largest resident set of any of its processes. */
  peakMb: number;
  /** Of the processor, in all of them. */
  cpuSeconds: number;
}
