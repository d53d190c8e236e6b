import { compareFingerprints } from "../desired/digest.ts";
import { isCutOff } from "../fleet/isolation.ts";
import type { DataLook, ProofReport } from "../fleet/proof-report.ts";
import { bad, type Check, either, good, type Judgement, judgementOf, open, unfit } from "./check.ts";
import type { CopyDocument } from "./drill-record.ts";
import { dataAgainstFleet, type Held, repositoriesAgainstFleet } from "./fleet-checks.ts";

/** What the report is held against: what was written for the copy, which volume that is, and how much the fleet has. */
export interface Wanted extends Omit<CopyDocument, "pointer">, Held {
  copyId: string;
}

/** What a copy on which Package Manager has not been started yet says of the snapshot. Same report, same judgement. */
export const judgeData = (report: ProofReport, wanted: Wanted): Judgement =>
  judgementOf([...ofVolume(report, wanted), ...(report.data ? ofData(report.data, wanted) : [notLooked(report)])]);

/** What all that is known says of the snapshot: of the data as they were restored, and of the server that was started on them. */
export const judge = (look: DataLook, report: ProofReport, wanted: Wanted): Judgement =>
  judgementOf([
    ...ofVolume(report, wanted),
    ...ofData(look, wanted),
    ...ofInstallation(report, wanted),
    ...(wanted.starts ? ofService(report, wanted) : [NOT_STARTED]),
  ]);

const NOT_STARTED = good("data only: Package Manager was not started, because its licence is no file and a copy may activate none");

/** With nothing mounted, or something else, the folders of the computer itself would be taken for the copy's. */
function ofVolume({ volume, isolation }: ProofReport, { copyId, starts }: Wanted): Check[] {
  return [
    either(volume === copyId, `${copyId} is mounted`, unfit(volume === null ? `${copyId} is not mounted` : `${volume} is mounted, not ${copyId}`)),
    ...(starts ? [ofIsolation(isolation)] : []),
  ];
}

/** What is never started reaches nobody, and systemd need not say anything of it. */
function ofIsolation(isolation: ProofReport["isolation"]): Check {
  if (!isolation) return open("systemd does not say whether the service is kept from other computers");
  return either(isCutOff(isolation), "the service reaches no other computer", unfit("by systemd's word the service is not kept from other computers"));
}

/** The node looks at nothing on which it can't say that Package Manager never ran. */
const notLooked = ({ service: { state } }: ProofReport): Check =>
  state === "unknown" || state === "inactive"
    ? open("systemd does not say whether Package Manager was started on it")
    : unfit("Package Manager was started on it before anybody had looked");

function ofData(look: DataLook, held: Held): Check[] {
  const { databases, otherFiles } = look;
  const unknown = otherFiles.length > 0 ? [unfit(`nobody knows what these among the databases are: ${otherFiles.join(", ")}`)] : [];
  if (databases.length === 0) return unknown.length > 0 ? unknown : [bad("there is no database on it")];
  return [...databases.map(integrity), rows(databases), ...unknown, ...dataAgainstFleet(look, held)];
}

type Database = DataLook["databases"][number];

function integrity({ name, integrity }: Database): Check {
  if (integrity === "ok") return good(`${name} is whole`);
  return (UNFINISHED.test(integrity) ? open : bad)(`${name}: ${integrity}`);
}

/** The copy's words for a look that came to nothing: slow at first, the volume is faster the next time; and who could not look says nothing of the data. */
const UNFINISHED = /^not (known|looked at):/;

function rows(databases: readonly Database[]): Check {
  const tables = databases.flatMap(({ name, tables }) => tables.map((table) => ({ ...table, name: `${name}/${table.name}` })));
  const [largest] = tables.toSorted((a, b) => (b.rows ?? 0) - (a.rows ?? 0));
  if (largest?.rows) return good(`${tables.length} tables, the largest is ${largest.name} with ${largest.rows} rows`);
  const isUnseen = databases.some(({ tableCount }) => tableCount === null) || tables.some((table) => table.rows === null);
  return isUnseen ? open("the rows could not be counted") : bad("no table of it has a row");
}

/** All of it comes from elsewhere than the snapshot. */
const ofInstallation = ({ version, configFingerprint, keyFingerprint }: ProofReport, wanted: Wanted): Check[] => [
  either(version === wanted.version, `the version is ${version}`, unfit(`the version is ${version ?? "unknown"}, not ${wanted.version}`)),
  // Made of the settings alone; that a copy is kept from other computers stands in its drop-in.
  either(compareFingerprints(configFingerprint, wanted.configFingerprint) === "same", "the config is the fleet's", unfit("the config is not the fleet's")),
  either(keyFingerprint === wanted.keyFingerprint, "the encryption key is the fleet's", unfit("the encryption key is not the fleet's")),
];

function ofService(report: ProofReport, wanted: Wanted): Check[] {
  return [
    either(answers(report), "Package Manager answers", open("Package Manager does not answer")),
    repositoriesAgainstFleet(report.repositories, wanted),
    metadata(report),
    fetched(report),
  ];
}

/** Whether Package Manager answers on the copy. */
export const answers = ({ service, ping }: Pick<ProofReport, "service" | "ping">): boolean =>
  service.state === "active" && ping.kind === "answer" && ping.status === 200;

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

/**
 * The copy's words for packages that are all elsewhere: a server stores what its users ask for, and which files those are nobody documents.
 * How many are stored is held against the fleet's on its own.
 */
const NOTHING_STORED = /^none of \d+ packages came from the volume/;

/** The copy's words for a server that has nothing that could be fetched: how many repositories there are is held against the fleet's on its own. */
const NOTHING_TO_FETCH = /^(the server has no repository|no index names a package)/;
