import type { Duration } from "../apply/run.ts";
import type { DesiredState, ProbeReport } from "../fleet/probe.ts";
import type { Step } from "../runbooks/steps.ts";
import type { DrillRecord } from "./drill-record.ts";
import type { Count, DrillInstance, DrillVolume, Proof } from "./facts.ts";
import type { TemplateVersion } from "./ports.ts";

/**
 * How a stage of a drill stands: over, something is to be done, or it waits. `pause` is how long nothing will come of a look; `against`
 * is what the copy itself has said so far that a restore must not say.
 */
export type StageStanding =
  | { state: "done" }
  | { state: "act"; because: string; steps: Step[] }
  | { state: "wait"; because: string; pause: Duration | null; against: string[] };

/** A stage that is not over. */
export type Open = Exclude<StageStanding, { state: "done" }>;

/** A drill that is on the ledger and not over, and what the facts say of it. */
export interface Drilling {
  record: DrillRecord;
  at: Date;
  /** Its own, whatever else there is; undefined while EC2 does not show it. */
  instance: DrillInstance | undefined;
  copy: DrillVolume | undefined;
  /** Everything of its own that is there, known to the ledger or not. */
  made: { instanceIds: string[]; volumeIds: string[] };
  /** The fleet's own server, while it is in service, and what became of the question how much it has. */
  server: string | undefined;
  count: Count;
  probe: ProbeReport | null;
  proof: Proof;
  desired: DesiredState | null;
  template: TemplateVersion | null;
  /** What failed since it began, oldest first, and how much of it since it was decided. */
  failures: string[];
  failuresSinceVerdict: number;
  loadWithin: Duration;
}

/** One stage: what it is, and how it stands by the facts alone. */
export interface Stage {
  words: string;
  stand: (drilling: Drilling) => StageStanding;
}

export const done: StageStanding = { state: "done" };
export const act = (because: string, ...steps: Step[]): Open => ({ state: "act", because, steps });
export const wait = (because: string, { pause = null, against = [] }: { pause?: Duration | null; against?: string[] } = {}): Open => ({
  state: "wait",
  because,
  pause,
  against,
});

/** The end of a drill's first part: a verdict, with its reason. */
export const conclude = (
  { record }: { record: Pick<DrillRecord, "id"> },
  state: "proven" | "failed" | "undecided",
  because: string,
  verdicts: string[] = [],
): Open => act(because, { do: "conclude-drill", id: record.id, verdict: { state, because, verdicts }, because });
