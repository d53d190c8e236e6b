import { z } from "zod";
import { CountReport } from "../fleet/count-report.ts";
import { InstanceId } from "../fleet/instance-id.ts";
import { ProbeReport } from "../fleet/probe.ts";
import { ProofReport } from "../fleet/proof-report.ts";
import { DrillRecord } from "./drill-record.ts";

/** Whatever carries the drills' tag, of whichever drill; null where somebody has taken the drill's own name away. */
const Made = { id: z.string(), drillId: z.string().nullable(), madeAt: z.coerce.date() };

const DrillInstance = z.object({ ...Made, id: InstanceId, state: z.string() });
export type DrillInstance = z.infer<typeof DrillInstance>;

const DrillVolume = z.object({ ...Made, state: z.string(), attachedTo: InstanceId.nullable() });
export type DrillVolume = z.infer<typeof DrillVolume>;

/** What became of the newest command that asked for a proof. */
const Proof = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("report"), report: ProofReport }),
  z.object({ kind: z.literal("running") }),
  z.object({ kind: z.literal("unknown"), because: z.string() }),
  z.object({ kind: z.literal("not-asked") }),
]);
export type Proof = z.infer<typeof Proof>;

/** What became of the question how much the fleet has. */
const Count = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("report"), report: CountReport }),
  z.object({ kind: z.literal("running") }),
  z.object({ kind: z.literal("unknown"), because: z.string() }),
  z.object({ kind: z.literal("not-asked") }),
]);
export type Count = z.infer<typeof Count>;

/** Everything about drills on which a decision may rest, read at the same time as the fleet. */
export const DrillFacts = z.object({
  record: DrillRecord.nullable(),
  /** Ended ones of the last hour are among them. */
  instances: z.array(DrillInstance),
  volumes: z.array(DrillVolume),
  /** What the copy's server says of itself; null while it says nothing, and where nobody asked. */
  probe: ProbeReport.nullable(),
  proof: Proof,
  count: Count.default({ kind: "not-asked" }),
  /** Since when Steward proves restores of this stage by itself; null while it does not, or has not looked yet. */
  since: z.coerce.date().nullable().default(null),
});
export type DrillFacts = z.infer<typeof DrillFacts>;
