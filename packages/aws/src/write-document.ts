import type { Ledger } from "@steward/core/apply/ports";
import { DeclaredDocument } from "@steward/core/desired/documents";
import { desiredState, effectiveDocument } from "@steward/core/desired/in-effect";
import { Permanent } from "@steward/core/errors";
import type { StepOf } from "@steward/core/runbooks/steps";
import type { Documents } from "./documents.ts";
import type { Vault } from "./vault.ts";

interface Means {
  documents: Documents;
  vault: Pick<Vault, "read">;
  ledger: Pick<Ledger, "noteFirstDeploy">;
}

/**
 * Writes what the nodes are to be, out of what was declared, and notes the desired state that will point to it. Its fingerprint needs the
 * salt, which is a secret: so this is done here, in one go, and no checkpoint ever holds it.
 */
export async function writeDocument({ documents, vault, ledger }: Means, step: StepOf<"write-document">): Promise<void> {
  const { declared: pointer, dataVolume, database, keyFingerprint } = step;
  const declared = DeclaredDocument.parse(JSON.parse(await documents.read(pointer)));
  const salt = await vault.read("fingerprint-salt");
  if (salt === undefined) throw new Permanent("the vault holds no salt for fingerprints");
  const { text, state } = composed(() => {
    const document = effectiveDocument(declared, { dataVolume, database });
    return desiredState(document, { bucket: pointer.bucket, salt, keyFingerprint, revision: 1 });
  });
  await documents.write(state.document, text);
  await ledger.noteFirstDeploy({ what: "written", declared: pointer.sha256, state });
}

/** What does not fit together now does not fit the next time either. */
function composed<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new Permanent(`the document cannot be made: ${error instanceof Error ? error.message : "unknown"}`, { cause: error });
  }
}
