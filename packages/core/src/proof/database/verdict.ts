import type { DatabaseReport, DatabaseSide, ReadDatabase } from "../../fleet/database-report.ts";
import type { BucketLook } from "./bucket.ts";
import type { Baseline } from "./record.ts";

/** `open`: not all could be seen yet; asked again, the node may say more. `against` is every line that is not good. */
export interface DatabaseJudgement {
  standing: "proven" | "failed" | "undecided" | "open";
  lines: string[];
  against: string[];
}

/** One thing that was looked at. `odd` keeps a snapshot from being proven and says nothing against it. */
interface Check {
  result: "good" | "bad" | "odd" | "open";
  words: string;
}

const check = (result: Check["result"], words: string): Check => ({ result, words });
const either = (is: boolean, yes: string, no: Check): Check => (is ? check("good", yes) : no);

/** What a copy and the bucket say of the snapshot, and of whether the two fit. Same account, same judgement. */
export function judgeDatabase({ copy, fleet }: Pick<DatabaseReport, "copy" | "fleet">, bucket: BucketLook, baseline: Baseline | null): DatabaseJudgement {
  const checks = [...ofCopy(copy, fleet), ...judgeBucket(bucket, baseline)];
  const has = (result: Check["result"]) => checks.some((one) => one.result === result);
  const standing = has("bad") ? "failed" : has("open") ? "open" : has("odd") ? "undecided" : "proven";
  return { standing, lines: checks.map(({ words }) => words), against: checks.flatMap(({ result, words }) => (result === "good" ? [] : [words])) };
}

function ofCopy(copy: DatabaseSide, fleet: DatabaseSide): Check[] {
  if (copy.state !== "read") return [check("open", `the copy: ${copy.because}`)];
  const beside = fleet.state === "read" ? besides(copy, fleet) : [check("open", `the fleet's own database, to compare: ${fleet.because}`)];
  return [...alone(copy), ...beside];
}

const SCHEMAS = ["metrics", "pm"];

function alone({ tls, login, schemas, tableCount, tables, invalidIndexes }: ReadDatabase): Check[] {
  const missing = SCHEMAS.filter((schema) => !schemas.includes(schema));
  const rows = total(tables);
  return [
    either(tls, `${login} gets in, over TLS with a certificate of RDS`, check("odd", `${login} gets in, and Postgres says that it is not over TLS`)),
    either(missing.length === 0, "Package Manager's schemas are there", check("bad", `there is no schema ${missing.join(", ")}`)),
    either(rows > 0, `${tableCount} tables hold about ${rows} rows`, check("bad", "no table of Package Manager holds a row")),
    either(
      invalidIndexes === 0,
      "no index is marked invalid; whether each is whole was not looked at",
      check("odd", `${invalidIndexes} indexes are marked invalid`),
    ),
  ];
}

const total = (tables: ReadDatabase["tables"]): number => tables.reduce((sum, { rows }) => sum + rows, 0);

/** Within a day a server in use grows by little: half of what is there now is less than any day adds, unless it is quite new. */
const FEWER = 0.5;
/** A table with fewer rows than these may have been filled since. */
const MANY = 1_000;

function besides(copy: ReadDatabase, fleet: ReadDatabase): Check[] {
  const rows = new Map(copy.tables.map((table) => [table.name, table.rows]));
  const isListed = copy.tables.length === copy.tableCount;
  const emptied = fleet.tables.filter((table) => table.rows >= MANY && (rows.get(table.name) ?? (isListed ? 0 : table.rows)) === 0);
  const [here, there] = [total(copy.tables), total(fleet.tables)];
  return [
    either(
      copy.shape === fleet.shape,
      "its tables have the columns that the fleet's have",
      check("odd", "its tables have other columns than the fleet's: Package Manager was upgraded since, or back"),
    ),
    either(
      emptied.length === 0,
      "no large table of the fleet's is empty in it",
      check(
        "bad",
        `empty, and not in the fleet's: ${emptied
          .slice(0, MOST_NAMES)
          .map(({ name }) => name)
          .join(", ")}`,
      ),
    ),
    either(
      here >= there * FEWER,
      `it holds ${here} rows, the fleet's own ${there}`,
      check("odd", `it holds ${here} rows, the fleet's own ${there}: clearly fewer`),
    ),
  ];
}

const MOST_NAMES = 5;

/** That the database is never newer than the bucket: whatever it knows of was in the bucket at its time, and can be had back as it was. */
function judgeBucket(look: BucketLook, baseline: Baseline | null): Check[] {
  if (look.versioning !== "Enabled") return [check("bad", `versioning of the bucket is ${look.versioning}: what is overwritten or deleted is gone`)];
  const { lost, examples, recoverable, objects, expires, unversioned, isWhole, versions, objectsBefore } = look;
  const read = isWhole ? `all ${versions} versions in the bucket were looked at` : `of the bucket the first ${versions} versions were looked at and no more`;
  const gone = baseline && isWhole ? baseline.objects - objectsBefore : 0;
  return [
    either(
      lost === 0,
      `${read}: ${objects} objects of that time, ${recoverable} of them changed or deleted since and to be had back`,
      lostCheck(lost, examples),
    ),
    either(
      expires === null,
      "no rule of the bucket takes away what the snapshot needs",
      check("bad", `the bucket does not keep what the snapshot needs: ${expires}`),
    ),
    either(unversioned === 0, "versioning was on since", check("bad", `${unversioned} objects were written since without a version: versioning was off`)),
    either(
      gone <= 0,
      baseline && isWhole ? "no fewer objects of the last proven time than were counted then" : "with an earlier count nothing was compared",
      goneCheck(gone, baseline),
    ),
  ];
}

const lostCheck = (lost: number, examples: string[]): Check =>
  check("bad", `${lost} objects were deleted since then with every version of theirs, such as ${examples.join(", ")}`);

const goneCheck = (gone: number, baseline: Baseline | null): Check =>
  check("bad", `${gone} objects that were counted for ${baseline?.at.toISOString() ?? "an earlier time"} are gone with every version of theirs`);
