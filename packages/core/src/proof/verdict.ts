import { compareFingerprints } from "../desired/digest.ts";
import type { ProofReport } from "../fleet/proof-report.ts";
import type { CopyDocument } from "./drill-record.ts";

/** What the report is held against: what was written for the copy, and which volume that is. */
export interface Wanted extends Omit<CopyDocument, "pointer"> {
  copyId: string;
}

/** `open`: not all could be seen yet; asked again, the copy may say more. `against` is every line that is not good. */
export interface Judgement {
  standing: "proven" | "failed" | "open";
  lines: string[];
  against: string[];
}

/** One thing that was looked at. What may still come about is `open`, as long as there is time. */
interface Check {
  result: "good" | "bad" | "open";
  words: string;
}

const good = (words: string): Check => ({ result: "good", words });
const bad = (words: string): Check => ({ result: "bad", words });
const open = (words: string): Check => ({ result: "open", words });
const either = (is: boolean, yes: string, no: Check): Check => (is ? good(yes) : no);

/** What a copy's account of itself says of the snapshot that it was made of. Same report, same judgement. */
export function judge(report: ProofReport, wanted: Wanted): Judgement {
  const checks = [...ofData(report, wanted), ...ofInstallation(report, wanted), ...(wanted.starts ? ofService(report) : [NOT_STARTED])];
  const standing = checks.some(({ result }) => result === "bad") ? "failed" : checks.some(({ result }) => result === "open") ? "open" : "proven";
  const words = (some: readonly Check[]) => some.map((check) => check.words);
  return { standing, lines: words(checks), against: words(checks.filter(({ result }) => result !== "good")) };
}

const NOT_STARTED = good("Package Manager was not started: its licence is no file, and a copy may activate none");

const ofData = ({ volume, databases }: ProofReport, { copyId }: Wanted): Check[] => [
  either(volume === copyId, `${copyId} is mounted`, bad(volume === null ? `${copyId} is not mounted` : `${volume} is mounted, not ${copyId}`)),
  ...(databases.length === 0 ? [bad("there is no database on it")] : databases.map(integrity)),
  ...(databases.length === 0 ? [] : [rows(databases)]),
];

type Database = ProofReport["databases"][number];

function integrity({ name, integrity }: Database): Check {
  if (integrity === "ok") return good(`${name} is whole`);
  return (UNFINISHED.test(integrity) ? open : bad)(`${name}: ${integrity}`);
}

/** The copy's words for a look that did not come to its end: slow at first, the volume is faster the next time. */
const UNFINISHED = /^not (known|looked at):/;

function rows(databases: readonly Database[]): Check {
  const tables = databases.flatMap(({ name, tables }) => tables.map((table) => ({ ...table, name: `${name}/${table.name}` })));
  const [largest] = tables.toSorted((a, b) => (b.rows ?? 0) - (a.rows ?? 0));
  if (largest?.rows) return good(`${tables.length} tables, the largest is ${largest.name} with ${largest.rows} rows`);
  const isUnseen = databases.some(({ tableCount }) => tableCount === null) || tables.some((table) => table.rows === null);
  return isUnseen ? open("the rows could not be counted") : bad("no table of it has a row");
}

const ofInstallation = ({ version, configFingerprint, keyFingerprint }: ProofReport, wanted: Wanted): Check[] => [
  either(version === wanted.version, `the version is ${version}`, bad(`the version is ${version ?? "unknown"}, not ${wanted.version}`)),
  // Made of the settings alone; that a copy is kept from other computers stands in its drop-in.
  either(compareFingerprints(configFingerprint, wanted.configFingerprint) === "same", "the config is the fleet's", bad("the config is not the fleet's")),
  either(keyFingerprint === wanted.keyFingerprint, "the encryption key is the fleet's", bad("the encryption key is not the fleet's")),
];

function ofService(report: ProofReport): Check[] {
  const { service, ping } = report;
  const answers = service.state === "active" && ping.kind === "answer" && ping.status === 200;
  return [either(answers, "Package Manager answers", open("Package Manager does not answer")), metadata(report), fetched(report)];
}

function metadata({ metadata: index, packageBecause }: ProofReport): Check {
  if (index === null) return NOTHING_TO_FETCH.test(packageBecause ?? "") ? good(`no index: ${packageBecause}`) : open(`no index: ${packageBecause}`);
  const { repository, status, bytes } = index;
  return status === 200 ? good(`the index of ${repository} came, ${bytes} bytes`) : open(`the index of ${repository}: status ${status}`);
}

function fetched({ package: found, packageBecause }: ProofReport): Check {
  if (found) return either(found.status === 200, `${found.name} came, ${found.bytes} bytes`, open(`${found.name}: status ${found.status}`));
  const isNothing = NOTHING_TO_FETCH.test(packageBecause ?? "") || NOTHING_STORED.test(packageBecause ?? "");
  return isNothing ? good(`no package: ${packageBecause}`) : open(`no package: ${packageBecause}`);
}

/** The copy's words for packages that are all elsewhere: a server stores what its users ask for, and which files those are nobody documents, so it says nothing against the copy. */
const NOTHING_STORED = /^none of \d+ packages came from the volume/;

/** The copy's words for a server that has nothing that could be fetched: it was so when the snapshot was made. */
const NOTHING_TO_FETCH = /^(the server has no repository|no index names a package)/;
