import { z } from "zod";
import type { StageSettings } from "../settings/schema.ts";
import type { FunctionId } from "../topology/control-spec.ts";
import type { Names } from "../topology/names.ts";
import type { TopologyKind } from "../topology/topology.ts";

/** Where an event says to look; what to do is decided from all facts. */
export type Hint =
  | { kind: "sweep" }
  | { kind: "alarm"; alarm: string }
  | { kind: "instance"; instanceId: string; group: string }
  | { kind: "group"; group: string }
  | { kind: "database"; id: string }
  | { kind: "parameter"; name: string }
  /** Ids and names as AWS gives them, this fleet's or anybody's in the account. */
  | { kind: "health"; entities: string[] }
  | { kind: "image"; arn: string }
  | { kind: "key-object"; key: string }
  | { kind: "keeping" }
  /** Snapshots as AWS gives them, this stage's or anybody's in the account. */
  | { kind: "snapshots"; snapshotIds: string[] };

/** One way in: the pattern that a rule carries, the schema at the door, and the hint. */
export interface Trigger<Schema extends z.ZodType = z.ZodType> {
  id: string;
  /** What the rule is for, in words for its description. */
  words: string;
  /** The function that looks. */
  target: FunctionId;
  /** Where there is something to watch. */
  topologies: readonly TopologyKind[];
  pattern: (names: Names, settings: StageSettings, stage: string) => Record<string, unknown>;
  schema: Schema;
  hint: (event: z.infer<Schema>) => Hint;
}

export const trigger = <Schema extends z.ZodType>(definition: Trigger<Schema>): Trigger<Schema> => definition;

/** The envelope of every EventBridge event. Source: EventBridge user guide, "Event structure reference". */
export const envelope = <Detail extends z.ZodType>(source: string, detailTypes: [string, ...string[]], detail: Detail) =>
  z.object({
    version: z.literal("0"),
    id: z.string(),
    "detail-type": z.enum(detailTypes),
    source: z.literal(source),
    account: z.string(),
    time: z.coerce.date(),
    region: z.string(),
    resources: z.array(z.string()),
    detail,
  });
