import { InvalidEvent } from "@steward/core/errors";
import type { FunctionId } from "@steward/core/topology/control-spec";
import { names } from "@steward/core/topology/names";
import { EVENT_TRIGGERS, SCHEDULED_TRIGGERS } from "@steward/core/triggers/registry";
import type { Hint, Trigger } from "@steward/core/triggers/trigger";
import { z } from "zod";
import type { Runtime } from "./runtime.ts";

const TRIGGERS = [...SCHEDULED_TRIGGERS, ...EVENT_TRIGGERS] as unknown as Trigger[];
const Heading = z.object({ source: z.string(), "detail-type": z.string() });

/** Which of a function's triggers an event belongs to and where it says to look; what is not ours is refused by name. */
export function recognise(event: unknown, target: FunctionId, runtime: Pick<Runtime, "stage" | "alarms">): Hint {
  const heading = Heading.safeParse(event);
  if (!heading.success) throw new InvalidEvent("not an EventBridge event: source and detail-type are missing");
  const attempts = TRIGGERS.filter((trigger) => trigger.target === target).map((trigger) => ({ trigger, parsed: trigger.schema.safeParse(event) }));
  const match = attempts.find(({ parsed }) => parsed.success);
  if (!match?.parsed.success)
    throw new InvalidEvent(
      `no trigger takes this ${heading.data["detail-type"]} from ${heading.data.source}: ${nearest(attempts.map(({ parsed }) => parsed.error))}`,
    );
  return ours(match.trigger.hint(match.parsed.data), runtime);
}

/** The complaint of the schema that came closest: one that took the heading, if any did. */
function nearest(errors: (z.ZodError | undefined)[]): string {
  const strange = (error: z.ZodError) => error.issues.filter(({ path }) => path[0] === "source" || path[0] === "detail-type").length;
  const closest = errors.filter((error) => error !== undefined).sort((a, b) => strange(a) - strange(b) || a.issues.length - b.issues.length)[0];
  return closest ? z.prettifyError(closest).replace(/\s+/g, " ") : "unknown shape";
}

/** Refuses what is another fleet's. Of health events, the key object and snapshots none but a look can tell. */
function ours(hint: Hint, { stage, alarms }: Pick<Runtime, "stage" | "alarms">): Hint {
  const { group, database, switch: position, declared, desired, image } = names(stage);
  if (hint.kind === "alarm" && !alarms.has(hint.alarm)) throw new InvalidEvent(`unknown alarm ${hint.alarm}; this stage owns ${[...alarms].join(", ")}`);
  if ((hint.kind === "instance" || hint.kind === "group") && hint.group !== group)
    throw new InvalidEvent(`group ${hint.group} is another fleet's; this one is ${group}`);
  if (hint.kind === "database" && hint.id !== database) throw new InvalidEvent(`database ${hint.id} is another fleet's; this one is ${database}`);
  if (hint.kind === "parameter" && ![position, declared, desired].includes(hint.name))
    throw new InvalidEvent(`parameter ${hint.name} is another fleet's; this one reads ${position}, ${declared} and ${desired}`);
  if (hint.kind === "image" && !hint.arn.includes(`:image/${image}/`)) throw new InvalidEvent(`image ${hint.arn} is another fleet's; this one builds ${image}`);
  return hint;
}
