import type { DeclaredDocument, DocumentPointer } from "../desired/documents.ts";
import type { SecretId } from "../desired/vault.ts";
import { fits, type ImageBuild, type ImageRecord } from "../image/ledger.ts";
import { TOPOLOGIES } from "../topology/topology.ts";
import { act, ask, done, type Founding, type Stage, type Standing, unseen, wait } from "./stages.ts";

/** Failed builds of one first deploy after which a person has to look. */
const BUILDS = 2;

type Declared = { pointer: DocumentPointer; document: DeclaredDocument };

/** The rest of a stage that needs what was declared; without it everything waits. */
const declared =
  (stand: (facts: Founding, declared: Declared) => Standing): Stage["stand"] =>
  (facts) => {
    const { declared: read } = facts.firstDeploy;
    return unseen(facts) ?? (read ? stand(facts, read) : wait("no deploy has declared anything yet"));
  };

/** The newest tested image that fits what is declared. */
export const usableImage = ({ images }: Pick<Founding, "images">, document: DeclaredDocument): ImageRecord | undefined =>
  images
    .filter(({ standing, versions }) => standing !== "bad" && fits(versions, document))
    .toSorted((a, b) => b.builtAt.getTime() - a.builtAt.getTime())
    .at(0);

const image: Stage = {
  id: "image",
  words: "a golden image is built and tested",
  topologies: TOPOLOGIES,
  within: { hours: 4 },
  stand: declared((facts, { document }) => {
    if (usableImage(facts, document)) return done;
    const { builds } = facts;
    if (builds === null) return wait("nobody has asked Image Builder");
    const underWay = builds.find(({ state }) => state === "under-way");
    if (underWay) return wait(`Image Builder is at it (${underWay.status}); a build with its tests takes about an hour`);
    const noted = new Set(facts.images.map(({ imageId }) => imageId));
    if (builds.some(({ imageId, versions }) => imageId !== null && versions !== null && !noted.has(imageId) && fits(versions, document)))
      return wait("the image is tested and about to go on the ledger");
    const failed = builds.filter(({ state }) => state === "failed");
    if (failed.length >= BUILDS) return afterFailures(failed, facts);
    return act("there is no tested image yet", { do: "build-image", attempt: failed.length + 1, because: "every node is launched from the golden image" });
  }),
};

function afterFailures(failed: readonly ImageBuild[], { stage }: Founding): Standing {
  const reason = failed[0]?.reason ?? "it says no reason";
  return ask(
    `${failed.length} builds failed, the last one: ${reason}`,
    `read the build's log in /aws/imagebuilder/steward-${stage}-node, mend the cause and deploy again, then start the pipeline of the image`,
  );
}

const secrets: Stage = {
  id: "secrets",
  words: "key, licence and logins are vaulted",
  topologies: TOPOLOGIES,
  within: { hours: 24 },
  stand: declared(({ stage, firstDeploy: { filled, key } }, { document }) => {
    const missing = document.secrets.filter((id) => !filled.includes(id));
    const made = missing.filter((id) => !BROUGHT.includes(id));
    if (made.length > 0) return ask(`the vault lacks ${made.join(", ")}`, `npx steward secrets init --stage ${stage} --offline-copy <file>`);
    if (missing.length > 0)
      return ask(`the vault lacks ${missing.join(", ")}`, missing.map((id) => `npx steward secrets put ${id} --stage ${stage} --from <file>`).join("; "));
    if (key.fingerprint === null) return ask("nobody has said which encryption key is in the vault", `npx steward secrets verify --stage ${stage}`);
    if (key.offlineCopy !== key.fingerprint)
      return ask("the offline copy of the encryption key is not confirmed", `npx steward secrets confirm-offline-copy --stage ${stage} --from <file>`);
    return done;
  }),
};

/** What only the operator has; everything else is generated. */
const BROUGHT: readonly SecretId[] = ["license", "certificate"];

const database: Stage = {
  id: "database",
  words: "the database is available",
  topologies: ["ha"],
  within: { hours: 1 },
  stand: declared(({ database: found, firstDeploy: { endpoint } }) => {
    if (found?.status !== "available") return wait(`RDS says that the database is ${found?.status ?? "not there"}`);
    return endpoint ? done : wait("RDS does not say yet where the database answers");
  }),
};

const dataVolume: Stage = {
  id: "data-volume",
  words: "the data volume is made",
  topologies: ["single"],
  within: { minutes: 30 },
  stand: declared(({ dataVolume: found }, { document }) => {
    if (found) return found.state === "creating" ? wait(`${found.id} is being made`) : done;
    if (!document.dataVolume) return wait("no deploy has declared a data volume");
    return act("there is no data volume yet", { do: "make-volume", volume: document.dataVolume, because: "everything of a single server lies on it" });
  }),
};

const documentStage: Stage = {
  id: "document",
  words: "what the nodes are to be is written down",
  topologies: TOPOLOGIES,
  within: { minutes: 30 },
  stand: declared((facts, { pointer }) => {
    const { record, key, endpoint } = facts.firstDeploy;
    if (record.written?.declared === pointer.sha256) return done;
    if (key.fingerprint === null) return wait("the key's fingerprint is not known");
    return act("the document of the nodes is not written yet", {
      do: "write-document",
      declared: pointer,
      dataVolume: facts.dataVolume?.id ?? null,
      database: endpoint && { ...endpoint, login: "database-login-a" },
      keyFingerprint: key.fingerprint,
      because: "nodes are made from it, and checked against it",
    });
  }),
};

const template: Stage = {
  id: "template",
  words: "nodes are launched from that image",
  topologies: TOPOLOGIES,
  within: { minutes: 30 },
  stand: declared((facts, { document }) => {
    const image = usableImage(facts, document);
    if (!image) return wait("there is no tested image");
    if (facts.firstDeploy.template?.imageId === image.imageId) return done;
    const { baseTemplate: base } = document;
    return act("the launch template does not name the image yet", {
      do: "write-template",
      base,
      imageId: image.imageId,
      because: "the group launches from it",
    });
  }),
};

/** What comes before the first node is launched. */
export const PREPARATION: readonly Stage[] = [image, secrets, database, dataVolume, documentStage, template];
