import type { FleetFacts } from "../fleet/facts.ts";
import { act, type Open, RESTORING } from "./stages.ts";
import { type Restoring, restoringIn } from "./standing.ts";

/** What a restore is at, and how that stands. */
interface Next {
  words: string;
  standing: Open;
}

/** What is next of the restore that is under way; undefined where there is none. Same facts, same answer. */
export function nextOf(facts: FleetFacts): Next | undefined {
  const restoring = restoringIn(facts);
  return restoring && nextIn(restoring);
}

/** The first stage that is not over; after the last it is put on record. */
export function nextIn(restoring: Restoring): Next {
  for (const { words, stand } of RESTORING) {
    const standing = stand(restoring);
    if (standing.state !== "done") return { words, standing };
  }
  return { words: "it is on record", standing: onRecord(restoring) };
}

const onRecord = ({ record: { id }, facts: { at } }: Restoring): Open =>
  act("users are served from the volume", { do: "note-restored", id, restoredAt: at, because: "it can be confirmed or gone back on from now on" });
