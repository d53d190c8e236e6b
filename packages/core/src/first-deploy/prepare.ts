import { after, before } from "../apply/duration.ts";
import { type DeclaredDocument, type DocumentPointer, pointerTo } from "../desired/documents.ts";
import { effectiveDocument } from "../desired/in-effect.ts";
import type { SecretId } from "../desired/vault.ts";
import { OPEN_FOR_CONNECTIONS } from "../health/triage.ts";
import { fits, type ImageBuild, type ImageRecord } from "../image/ledger.ts";
import { TOPOLOGIES } from "../topology/topology.ts";
import { act, ask, currentSince, done, type Founding, help, type Stage, type Standing, unseen, wait } from "./stages.ts";

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

/** The newest tested image that fits what is declared; the one in the launch template stays, as long as it does. */
export function usableImage({ images, firstDeploy }: Pick<Founding, "images" | "firstDeploy">, document: DeclaredDocument): ImageRecord | undefined {
  const usable = images
    .filter(({ standing, versions, retiredAt }) => standing !== "bad" && retiredAt === undefined && fits(versions, document))
    .toSorted((a, b) => b.builtAt.getTime() - a.builtAt.getTime());
  return usable.find(({ imageId }) => imageId === firstDeploy.template?.imageId) ?? usable.at(0);
}

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
    const own = builds.filter(({ startedAt }) => startedAt >= before(currentSince(facts, image) ?? facts.at, { minutes: 5 }));
    if (own.some(({ state, versions, startedAt }) => state === "available" && versions === null && after(startedAt, { hours: 3 }) > facts.at))
      return wait("an image is there, but EC2 does not show yet what is in it");
    const failed = own.filter(({ state, versions }) => state === "failed" || (state === "available" && (versions === null || !fits(versions, document))));
    if (failed.length >= BUILDS) return afterFailures(failed, facts);
    return act("there is no tested image yet", { do: "build-image", attempt: failed.length + 1, because: "every node is launched from the golden image" });
  }),
};

function afterFailures(failed: readonly ImageBuild[], { stage }: Founding): Standing {
  const [last] = failed;
  const reason = last?.state === "available" ? "what is in it is not what is declared" : (last?.reason ?? "it says no reason");
  return help(
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
    if (!found || !OPEN_FOR_CONNECTIONS.has(found.status)) return wait(`RDS says that the database is ${found?.status ?? "not there"}`);
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
  stand: declared((facts, { pointer, document }) => {
    const { record, key, endpoint } = facts.firstDeploy;
    if (key.fingerprint === null) return wait("the key's fingerprint is not known");
    if ((document.database === null) !== (endpoint === null)) return wait("what is declared of a database and what RDS says of it do not go together yet");
    const inService = { dataVolume: facts.dataVolume?.id ?? null, database: endpoint && { ...endpoint, login: "database-login-a" as const } };
    const { sha256 } = pointerTo(pointer.bucket, "effective", JSON.stringify(effectiveDocument(document, inService)));
    const { written } = record;
    if (written?.declared === pointer.sha256 && written.state.document.sha256 === sha256 && written.state.keyFingerprint === key.fingerprint) return done;
    return act("the document of the nodes is not written yet", {
      do: "write-document",
      declared: pointer,
      ...inService,
      sha256,
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
    const { template: own, baseVersion } = facts.firstDeploy;
    if (baseVersion === null) return wait("the deploy's launch template does not show yet");
    if (own?.imageId === image.imageId && own.base === baseVersion) return done;
    const { baseTemplate: base } = document;
    return act("the launch template does not name the image yet", {
      do: "write-template",
      base,
      baseVersion,
      imageId: image.imageId,
      because: "the group launches from it",
    });
  }),
};

/** What comes before the first node is launched. */
export const PREPARATION: readonly Stage[] = [image, secrets, database, dataVolume, documentStage, template];
