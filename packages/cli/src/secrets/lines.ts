import type { Filled } from "./fill.ts";
import type { Put } from "./put.ts";
import type { PlaceStatus } from "./status.ts";
import type { Verified } from "./verify.ts";

const COLUMNS = { id: 18, state: 15 };
const line = (id: string, state: string, rest: string): string => `${id.padEnd(COLUMNS.id)}${state.padEnd(COLUMNS.state)}${rest}`.trimEnd();

/** A line for each place. */
export const statusLines = (places: readonly PlaceStatus[]): string[] =>
  places.map(({ id, state, fingerprint, offlineCopy, next }) =>
    line(
      id,
      state,
      [fingerprint === null ? "" : `fingerprint ${fingerprint}`, copyWords(offlineCopy), next === null ? "" : `next: ${next}`]
        .filter((words) => words !== "")
        .join("; "),
    ),
  );

function copyWords(copy: PlaceStatus["offlineCopy"]): string {
  if (!copy) return "";
  return copy.state === "confirmed" ? `offline copy confirmed ${copy.at.slice(0, 10)}` : "offline copy not confirmed";
}

/** A line for each place, and one for whatever is not as it should be. */
export const verifiedLines = (places: readonly Verified[]): string[] =>
  places.flatMap(({ id, fingerprint, problems, warnings }) => [
    line(id, problems.length === 0 ? "well" : "NOT WELL", fingerprint === null ? "" : `fingerprint ${fingerprint}`),
    ...problems.map((words) => `  ${words}`),
    ...warnings.map((words) => `  ! ${words}`),
  ]);

/** A line for each place that `init` looked after. */
export const filledLines = (places: readonly Filled[]): string[] =>
  places.map(({ id, outcome, fingerprint }) => line(id, outcome, fingerprint === undefined ? "" : `fingerprint ${fingerprint}`));

export const putLine = (what: string, { outcome, fingerprint }: Put): string => `${what} ${outcome}, fingerprint ${fingerprint}`;

export const warningLines = (warnings: readonly string[]): string[] => warnings.map((words) => `! ${words}`);
