import { after } from "../apply/duration.ts";
import type { Duration } from "../apply/run.ts";
import { act, type Drilling, type Open, wait } from "./standing.ts";

/** A proof takes a quarter of an hour at most, and EC2 a little to hand it over: what has not ended by then is asked for again. */
export const ANSWERED_WITHIN = { minutes: 20 };

/** Asks the copy's server what is on it, unless it is at it, or answered less than `every` ago. `against` is what it said the last time. */
export function askAgain({ record, proof, instance, at }: Drilling, every: Duration, against: string[] = []): Open {
  const { id, asked } = record;
  if (!instance) return wait("EC2 shows the server no more", { against });
  if (asked && proof.kind === "running" && after(asked.at, ANSWERED_WITHIN) > at) return wait(`${instance.id} looks at the copy`, { pause: LOOK, against });
  const said = proof.kind === "report" ? proof.report.at : asked?.at;
  if (said && after(said, every) > at) return wait(`${instance.id} is asked again soon`, { pause: every, against });
  const unknown = proof.kind === "unknown" ? proof.because : "nobody else knows what is on the copy";
  const because = against.length > 0 ? against.join("; ") : unknown;
  return act("the server is asked", { do: "ask-proof", id, instanceId: instance.id, number: (asked?.number ?? 0) + 1, because });
}

const LOOK = { seconds: 30 };
