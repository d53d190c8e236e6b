import type { EffectiveDocument } from "@steward/core/desired/documents";
import { ProofReport } from "@steward/core/fleet/proof-report";
import { runVerb } from "@steward/node/dispatch";
import type { ExecResult } from "@steward/node/host";
import { PATHS } from "@steward/node/paths";
import { documentOf, settingsOf } from "./a-fleet.ts";
import { aHost, envelope, type StubHost, want } from "./a-host.ts";

/** What a database answers to a question; undefined for the answers of one that is well. */
type Answers = (database: string, sql: string, seconds: number) => Partial<ExecResult> | undefined;

/** The fleet's document with the line that keeps a copy to itself. */
export function documentOfCopy(edit: (document: EffectiveDocument) => void = () => {}): EffectiveDocument {
  const document = documentOf("single");
  document.config.dropIn += "IPAddressDeny=any\nIPAddressAllow=localhost\n";
  edit(document);
  return document;
}

/** A node that was launched to prove a copy, and was told nothing yet. */
export function aProver(document = documentOfCopy()): StubHost {
  const host = aHost("single");
  host.put(PATHS.settings, JSON.stringify({ ...settingsOf("single"), purpose: "prove" }));
  want(host, document);
  return host;
}

interface Copy {
  databases?: string[];
  answers?: Answers;
}

/** The same with the copy mounted, and Package Manager never started on it. */
export const aMountedCopy = (copy: Copy = {}): Promise<StubHost> => aCopy(copy, false);

/** The same with Package Manager at work on it. */
export const aServedCopy = (copy: Copy = {}): Promise<StubHost> => aCopy(copy, true);

async function aCopy({ databases = ["main.db"], answers = () => undefined }: Copy, start: boolean): Promise<StubHost> {
  const host = aProver();
  await runVerb(host, "converge", envelope({ key: "at the beginning", start }));
  for (const name of databases) host.put(`${PATHS.databases}/${name}`, "");
  asks(host, answers);
  host.answers["/__api__/repos"] = body('[{"id":1,"name":"cran","type":"R"}]');
  host.answers["/cran/latest/src/contrib/PACKAGES"] = body("Package: abind\nVersion: 1.4-8\n\nPackage: zoo\nVersion: 1.8\n");
  host.answers["/cran/latest/src/contrib/zoo_1.8.tar.gz"] = body("packed");
  host.answers["/cran/latest/src/contrib/abind_1.4-8.tar.gz"] = status(500);
  host.ran = [];
  host.written = [];
  return host;
}

export const body = (text: string) => ({ kind: "answer", status: 200, ms: 3, body: text }) as const;
export const status = (code: number) => ({ kind: "answer", status: code, ms: 3, body: "" }) as const;

export const json = (rows: object[]): Partial<ExecResult> => ({ exitCode: 0, stdout: rows.length === 0 ? "" : JSON.stringify(rows) });

const WELL: Answers = (_, sql) => {
  if (sql.startsWith("SELECT name")) return json([{ name: "packages" }, { name: 'so"urces' }]);
  return json([sql.startsWith("PRAGMA") ? { integrity_check: "ok" } : { "count(*)": sql.includes("packages") ? 12 : 7 }]);
};

/** Lets the node's databases answer. */
function asks(host: StubHost, answers: Answers): void {
  const { exec } = host;
  host.exec = async (command, words, ms) => {
    const otherwise = await exec(command, words, ms);
    if (!words.includes("-json")) return otherwise;
    const [path = "", sql = ""] = words.slice(-2);
    const asked = [path.slice(path.lastIndexOf("/") + 1), sql, Number(words[words.indexOf("timeout") + 2])] as const;
    return { ...otherwise, ...(answers(...asked) ?? WELL(...asked)) };
  };
}

/** What the node reports of its copy. */
export async function proved(host: StubHost): Promise<ProofReport> {
  const { exitCode, stdout, stderr } = await runVerb(host, "prove", envelope());
  if (exitCode !== 0) throw new Error(stderr);
  return ProofReport.parse(JSON.parse(stdout));
}
