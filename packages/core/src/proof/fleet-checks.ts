import { after } from "../apply/duration.ts";
import type { Counts } from "../fleet/count-report.ts";
import type { DataLook } from "../fleet/proof-report.ts";
import { bad, type Check, good, open, unfit } from "./check.ts";
import type { DrillRecord } from "./drill-record.ts";

/** What a copy is held against: how much the fleet had when the drill began; null where nobody knows. */
export interface Held {
  fleet: Counts | null;
  /** The snapshot is young enough for the fleet not to have become another meanwhile. */
  isRecent: boolean;
}

/**
 * The fleet is newer than the snapshot, by an hour as a rule and by a schedule's period at most. Within a month no server in use doubles
 * what it has without somebody meaning it, so less than half is not ordinary growth; of an older snapshot nobody can say.
 */
const RECENT = { days: 30 };
const SHARE = 0.5;
/** So few may have come since the snapshot. */
const FEW = 10;

export const heldOf = ({ fleet, slot, startedAt }: DrillRecord): Held => ({ fleet, isRecent: after(slot, RECENT) > startedAt });

/** How the rows of each database, and the stored packages, compare with the fleet's. */
export function dataAgainstFleet({ databases, storedFiles }: DataLook, held: Held): Check[] {
  const { fleet } = held;
  if (!fleet) return [unfit("nobody knows how much the fleet has")];
  return [...rows(databases, fleet, held), stored(storedFiles, fleet.storedFiles, held)];
}

function rows(databases: DataLook["databases"], fleet: Counts, held: Held): Check[] {
  const counted = fleet.databases.flatMap(({ name, rows: number }) => (number === null ? [] : [{ name, number }]));
  if (counted.length === 0) return [unfit("the rows of the fleet could not be counted")];
  return counted.map(({ name, number }) => {
    const copy = databases.find((database) => database.name === name);
    if (!copy) return number === 0 ? good(`${name} is not on it, and empty at the fleet`) : unfit(`${name} is not on it, and has ${number} rows at the fleet`);
    if (copy.rows === null) return open(`the rows of ${name} could not be counted`);
    const words = `${name} has ${copy.rows} rows, and ${number} at the fleet`;
    return isClearlyLess(copy.rows, number, held) ? unfit(words) : good(words);
  });
}

function stored(copy: number | null, fleet: number | null, held: Held): Check {
  if (copy === null) return open("the stored packages could not be counted");
  if (fleet === null) return copy > 0 ? good(`${copy} packages are stored`) : unfit("no package is stored, and nobody knows how many the fleet has");
  const words = `${copy} packages are stored, and ${fleet} at the fleet`;
  if (copy === 0 && fleet >= FEW) return bad(words);
  return isClearlyLess(copy, fleet, held) ? unfit(words) : good(words);
}

/** How the repositories compare: without any a server serves nobody. */
export function repositoriesAgainstFleet(copy: number | null, held: Held): Check {
  const fleet = held.fleet?.repositories ?? null;
  if (copy === null) return open("the server does not list its repositories");
  if (fleet === null) return copy > 0 ? good(`${copy} repositories`) : unfit("the server has no repository, and nobody knows how many the fleet has");
  const words = `${copy} repositories, and ${fleet} at the fleet`;
  if (copy === 0 && fleet > 0) return bad(words);
  return isClearlyLess(copy, fleet, held) ? unfit(words) : good(words);
}

/** Nothing in the place of something always is, however old the snapshot. */
const isClearlyLess = (copy: number, fleet: number, { isRecent }: Held): boolean => (copy === 0 ? fleet > 0 : isRecent && copy < SHARE * fleet);
