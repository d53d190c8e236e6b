import type { DesiredState } from "../fleet/probe.ts";
import { fingerprint } from "./digest.ts";
import { type DeclaredDocument, type EffectiveDocument, pointerTo } from "./documents.ts";
import { parseConfig } from "./gcfg.ts";
import { withDatabase } from "./render.ts";
import type { LoginId } from "./vault.ts";

/** What is Steward's to say of a fleet, beside what was declared. */
export interface InService {
  dataVolume: string | null;
  database: { host: string; login: LoginId; masterSecret: string } | null;
}

/** What was declared, with what is in service put into it; throws where one of the two has a database and the other has none. */
export function effectiveDocument(declared: DeclaredDocument, { dataVolume, database }: InService): EffectiveDocument {
  if ((declared.database === null) !== (database === null)) throw new RangeError("a database is declared, or one is in service, but not both");
  const { stage, topology, version, rVersions, pythonVersions, license } = declared;
  return {
    effective: 1,
    stage,
    topology,
    version,
    rVersions,
    pythonVersions,
    license,
    config: withDatabase(declared.config, database),
    dataVolume,
    database: declared.database && database && { ...pick(declared.database), host: database.host, masterSecret: database.masterSecret },
  };
}

const pick = ({ name, port, masterUser }: NonNullable<DeclaredDocument["database"]>) => ({ name, port, masterUser });

/** The document's text as it is written, and the desired state that points to it. */
export function desiredState(
  document: EffectiveDocument,
  { bucket, salt, keyFingerprint, revision }: { bucket: string; salt: string; keyFingerprint: string; revision: number },
): { text: string; state: DesiredState } {
  const text = JSON.stringify(document);
  const reading = parseConfig(document.config.text);
  if (reading.kind !== "config") throw new RangeError("the configuration in the document is none that Package Manager would read");
  const configFingerprint = fingerprint(reading.config, salt);
  return {
    text,
    state: {
      desired: 1,
      revision,
      version: document.version,
      configFingerprint,
      keyFingerprint,
      document: pointerTo(bucket, "effective", text),
      ...(document.dataVolume !== null && { dataVolume: document.dataVolume }),
    },
  };
}
