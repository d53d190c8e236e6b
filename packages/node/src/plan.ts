import { dirname } from "node:path";
import type { EffectiveDocument } from "@steward/core/desired/documents";
import { ACCOUNT } from "@steward/core/desired/places";
import { CONFIG_PATHS, KEY_VARIABLE } from "@steward/core/desired/render";
import type { NodeSettings } from "@steward/core/fleet/node-settings";
import type { CommandEnvelope } from "@steward/core/fleet/probe";
import { cannotUse, type Reading, readDesired, readDesiredIfAny, readDocument, reading, readSettings, value } from "./desired.ts";
import { isVariable, writeEnvironment } from "./environment-file.ts";
import type { FileAccess, Host } from "./host.ts";
import { installedVersion } from "./installed.ts";
import { PATHS } from "./paths.ts";
import { checkConfig, checkKey, fetchSecrets, partIn, type Secrets, secretsOf, textOf } from "./secrets.ts";

/** A file as it should be. */
export interface WantedFile {
  path: string;
  text: string;
  access: FileAccess;
}

/** Everything that this node is to be, read and checked; nothing of the node has been touched for it. */
export interface Plan {
  settings: NodeSettings;
  instanceId: string;
  document: EffectiveDocument;
  keyFingerprint: string;
  /** Keys the fingerprints in this node's reports; nothing that runs depends on it. */
  salt: WantedFile;
  /** Folders that everybody may pass through and only root may write to, outermost first. */
  folders: string[];
  /** What the service runs with, in the order in which it is written: the environment file is last, because nothing starts without it. */
  files: WantedFile[];
  /** Files of ours that this node must not have. */
  unwanted: string[];
  /** The one volume on which a file system may be made. */
  format: string | undefined;
  /** Package Manager may be started on this node at all, and whether that is now. */
  mayStart: boolean;
  starts: boolean;
}

/** Reads everything before anything is written; the document is the command's own where it names one. */
export const readPlan = (host: Host, command: Pick<CommandEnvelope, "document" | "format" | "start">): Promise<Reading<Plan>> =>
  reading(async () => {
    const settings = value(await readSettings(host));
    const { document, desired, configFingerprint } = await wanted(host, settings, command);
    const version = await installedVersion(host);
    if (version !== document.version) cannotUse(`version: ${version ?? "none"} is installed, ${document.version} is desired`);
    checkKeyGiven(document);
    if (!volumeFits(document)) cannotUse("the document's data volume does not fit its topology");
    if (settings.purpose === "prove" && !isAlone(document)) cannotUse("the document's drop-in does not keep a copy from other computers");
    const instanceId = await host.instanceId();
    if (!/^i-[0-9a-f]+$/.test(instanceId)) cannotUse("this computer does not know its instance id");
    const secrets = await fetchSecrets(host, settings, secretsOf(document));
    const keyFingerprint = checkKey(secrets, desired);
    checkConfig(document, secrets, configFingerprint);
    const forProof = settings.purpose === "prove";
    // A floating licence would be taken from the fleet, and a key is bound to its computer: a copy starts with a file alone.
    const mayStart = !forProof || document.license.kind === "file";
    const starts = mayStart && (!forProof || command.start === true);
    return { settings, instanceId, document, keyFingerprint, ...filesOf(document, secrets), format: forProof ? undefined : command.format, mayStart, starts };
  });

/** A server on a copy must reach nobody: it would sync, build and answer as the real one. Source: systemd.resource-control(5), "IPAddressAllow". */
const isAlone = ({ config: { dropIn } }: EffectiveDocument): boolean =>
  ["IPAddressDeny=any", "IPAddressAllow=localhost"].every((line) => dropIn.split("\n").includes(line));

const volumeFits = ({ topology, dataVolume }: EffectiveDocument): boolean =>
  dataVolume === null ? topology === "ha" : topology === "single" && /^vol-[0-9a-f]+$/.test(dataVolume);

/** The key comes by the environment file and by nothing else, and systemd starts nothing where that is missing. */
function checkKeyGiven({ config: { environment, dropIn } }: EffectiveDocument): void {
  const reference = environment[KEY_VARIABLE];
  if (reference?.secret !== "encryption-key" || reference.part !== "text") cannotUse("the document does not give the service the encryption key");
  if (!dropIn.split("\n").includes(`EnvironmentFile=${CONFIG_PATHS.environment}`)) cannotUse("the document's drop-in does not read the environment file");
}

/** The document to go by, the desired state where there is one, and the fingerprint that goes with the document where one is known. */
async function wanted(host: Host, settings: NodeSettings, { document: pointer }: Pick<CommandEnvelope, "document">) {
  if (pointer) {
    const desired = value(await readDesiredIfAny(host, settings));
    return { desired, document: value(await readDocument(host, settings, pointer)), configFingerprint: null };
  }
  const desired = value(await readDesired(host, settings));
  const document = value(await readDocument(host, settings, desired.document));
  if (desired.version !== document.version) cannotUse(`version: the document is for ${document.version}, not for ${desired.version}`);
  return { desired, document, configFingerprint: desired.configFingerprint };
}

const OF_ROOT: FileAccess = { owner: "root", mode: 0o600 };
const OF_SERVICE: FileAccess = { owner: ACCOUNT.name, mode: 0o600 };

function filesOf({ config, license }: EffectiveDocument, secrets: Secrets): Pick<Plan, "salt" | "folders" | "files" | "unwanted"> {
  const environment = Object.entries(config.environment).map(([name, reference]) => [name, variable(name, partIn(secrets, reference))] as const);
  const files: WantedFile[] = [
    { path: PATHS.config, text: config.text, access: { owner: ACCOUNT.name, mode: 0o640 } },
    { path: PATHS.dropIn, text: config.dropIn, access: { owner: "root", mode: 0o644 } },
    ...Object.entries(config.files).map(([path, reference]) => ({ path: placeOf(path), text: partIn(secrets, reference), access: OF_SERVICE })),
    ...(license.kind === "file" ? [{ path: PATHS.license, text: textOf(secrets, "license"), access: OF_SERVICE }] : []),
    { path: PATHS.environment, text: writeEnvironment(environment), access: OF_ROOT },
  ];
  const own: string[] = [CONFIG_PATHS.certificate, CONFIG_PATHS.privateKey, PATHS.license];
  return {
    salt: { path: PATHS.salt, text: textOf(secrets, "fingerprint-salt"), access: OF_ROOT },
    folders: files.some(({ path }) => path === CONFIG_PATHS.certificate) ? [PATHS.run, dirname(CONFIG_PATHS.certificate)] : [],
    files,
    unwanted: own.filter((path) => !files.some((file) => file.path === path)),
  };
}

const variable = (name: string, text: string): string => (isVariable(name, text) ? text : cannotUse(`systemd would pass over the variable ${name}`));

/** Secrets get into the two files that are meant for them, whatever a document says. */
function placeOf(path: string): string {
  if (path !== CONFIG_PATHS.certificate && path !== CONFIG_PATHS.privateKey)
    return cannotUse("the document puts a secret into a file that is not meant for it");
  return path;
}
