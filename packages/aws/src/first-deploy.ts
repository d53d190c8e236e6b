import { DeclaredDocument, DocumentPointer } from "@steward/core/desired/documents";
import { SECRET_IDS } from "@steward/core/desired/vault";
import type { FirstDeployFacts, FirstDeployRecord } from "@steward/core/first-deploy/facts";
import type { Documents } from "./documents.ts";
import type { LaunchTemplates } from "./launch-template.ts";
import type { Parameters } from "./parameters.ts";
import { createReader } from "./reader.ts";
import type { Vault } from "./vault.ts";

export interface FirstDeployConfig {
  parameters: Parameters;
  documents: Documents;
  vault: Pick<Vault, "look">;
  templates: LaunchTemplates;
  /** Null in a single server. */
  endpoint: (() => Promise<FirstDeployFacts["endpoint"]>) | null;
}

/** Everything that only a first deploy needs to know; what can't be read is named in `unread`, and stops nothing else. */
export async function readFirstDeploy(config: FirstDeployConfig, record: FirstDeployRecord): Promise<FirstDeployFacts> {
  const { attempt, unread } = createReader();
  const declared = await attempt("what was declared", () => readDeclared(config), null);
  const ids = SECRET_IDS.filter((id) => declared?.document.secrets.includes(id));
  const base = declared?.document.baseTemplate;
  const [places, endpoint, template, baseVersion] = await Promise.all([
    attempt("the vault", () => Promise.all(ids.map((id) => config.vault.look(id))), []),
    attempt("the database's address", async () => (config.endpoint ? config.endpoint() : null), null),
    attempt("the launch template", () => config.templates.newest(), null),
    attempt("the deploy's launch template", async () => (base === undefined ? null : config.templates.baseVersion(base)), null),
  ]);
  const key = places.find(({ id }) => id === "encryption-key");
  return {
    record,
    declared,
    filled: places.filter(({ filled, goesOn }) => filled && goesOn === null).map(({ id }) => id),
    key: { fingerprint: key?.fingerprint ?? null, offlineCopy: key?.offlineCopy?.fingerprint ?? null },
    endpoint,
    baseVersion,
    template,
    unread: unread(),
  };
}

/** What the last deploy declared, in full. */
export async function readDeclared({
  parameters,
  documents,
}: Pick<FirstDeployConfig, "parameters" | "documents">): Promise<NonNullable<FirstDeployFacts["declared"]>> {
  const pointer = await parameters.declared((value) => DocumentPointer.parse(value));
  const document = DeclaredDocument.parse(JSON.parse(await documents.read(pointer)));
  return { pointer, document };
}
