import { createHash } from "node:crypto";
import {
  DescribeSecretCommand,
  type DescribeSecretResponse,
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  TagResourceCommand,
} from "@aws-sdk/client-secrets-manager";
import { FINGERPRINT_TAG, OFFLINE_COPY_TAG, type OfflineCopy, readOfflineCopy, writeOfflineCopy } from "@steward/core/desired/offline-copy";
import type { SecretId } from "@steward/core/desired/vault";
import { Permanent } from "@steward/core/errors";
import type { Names } from "@steward/core/topology/names";
import { answered, calling } from "./failures.ts";

/** One place of the vault and what is known of its value without reading it. */
export interface Place {
  id: SecretId;
  name: string;
  /** Whether there is a value that counts. */
  filled: boolean;
  /** As it was tagged with the value; null where nobody did. */
  fingerprint: string | null;
  offlineCopy: OfflineCopy | null;
  /** When AWS deletes it for good; until then nobody can read it, and it can be restored. */
  goesOn: Date | null;
}

/** What a first value came to: it stands, or the place had one and keeps it. */
export type FirstPut = "vaulted" | "occupied";

/** The stage's places in Secrets Manager. No failure that leaves here says anything of a value. */
export interface Vault {
  /** Reads no value. */
  look(id: SecretId): Promise<Place>;
  /** The value that counts, to the byte; undefined where the place is empty. */
  read(id: SecretId): Promise<string | undefined>;
  /** Fills an empty place, once, whoever races: of several first values AWS takes one and refuses the others. */
  putFirst(id: SecretId, text: string): Promise<FirstPut>;
  /** A new value; the one before stays readable as AWSPREVIOUS. */
  replace(id: SecretId, text: string): Promise<void>;
  nameValue(id: SecretId, fingerprint: string): Promise<void>;
  confirmOfflineCopy(id: SecretId, copy: OfflineCopy): Promise<void>;
}

const CURRENT = "AWSCURRENT";

/** The vault of one stage, with the rights of whoever the client speaks for. */
export function createVault(client: SecretsManagerClient, names: Pick<Names, "secret">): Vault {
  const vault = placesOf(client, names);
  const tag = async (id: SecretId, Key: string, Value: string) => {
    await calling(`tag ${names.secret(id)}`, () => client.send(new TagResourceCommand({ SecretId: names.secret(id), Tags: [{ Key, Value }] })));
  };
  return {
    ...vault,
    putFirst: async (id, text) => ((await vault.look(id)).filled ? "occupied" : putFirst(client, names.secret(id), text)),
    replace: async (id, SecretString) => {
      await calling(`write ${names.secret(id)}`, () => client.send(new PutSecretValueCommand({ SecretId: names.secret(id), SecretString })));
    },
    nameValue: (id, fingerprint) => tag(id, FINGERPRINT_TAG, fingerprint),
    confirmOfflineCopy: (id, copy) => tag(id, OFFLINE_COPY_TAG, writeOfflineCopy(copy)),
  };
}

const placesOf = (client: SecretsManagerClient, names: Pick<Names, "secret">): Pick<Vault, "look" | "read"> => ({
  look: async (id) => {
    const name = names.secret(id);
    return placeOf(id, name, await calling(`look at ${name}`, () => client.send(new DescribeSecretCommand({ SecretId: name }))));
  },
  read: async (id) => {
    const name = names.secret(id);
    const value = await calling(`read ${name}`, () => currentValue(client, name));
    if (value && value.SecretString === undefined) throw new Permanent(`${name} holds bytes where text belongs: somebody put it there by other means`);
    return value?.SecretString;
  },
});

function placeOf(id: SecretId, name: string, { VersionIdsToStages = {}, Tags = [], DeletedDate }: DescribeSecretResponse): Place {
  const tag = (key: string) => Tags.find(({ Key }) => Key === key)?.Value;
  return {
    id,
    name,
    filled: Object.values(VersionIdsToStages).some((stages) => stages.includes(CURRENT)),
    fingerprint: tag(FINGERPRINT_TAG) ?? null,
    offlineCopy: readOfflineCopy(tag(OFFLINE_COPY_TAG)),
    goesOn: DeletedDate ?? null,
  };
}

/** AWS answers with the same code for a place that is not there; only its words tell a place without a value. */
async function currentValue(client: SecretsManagerClient, SecretId: string) {
  try {
    return await client.send(new GetSecretValueCommand({ SecretId }));
  } catch (error) {
    if (answered(error, "ResourceNotFoundException", /secret value/)) return undefined;
    // A parser's error quotes the text around its place, and this text is a secret: neither its words nor itself go on from here.
    throw error instanceof SyntaxError ? new Permanent(`read ${SecretId}: AWS's answer is no JSON`) : error;
  }
}

/**
 * The token is the version's id, the same for everybody, and a version never changes: a second first value is refused. A repetition
 * with the same value is not. Source: Secrets Manager API reference, "PutSecretValue". A value that others put there with a token of
 * their own, in the moment after the look, is not seen; it would stay as AWSPREVIOUS.
 */
async function putFirst(client: SecretsManagerClient, name: string, SecretString: string): Promise<FirstPut> {
  const ClientRequestToken = createHash("sha256").update(`first value of ${name}`).digest("hex");
  return await calling(`write ${name}`, async () => {
    try {
      await client.send(new PutSecretValueCommand({ SecretId: name, SecretString, ClientRequestToken }));
      return "vaulted";
    } catch (error) {
      if (answered(error, "ResourceExistsException")) return "occupied";
      throw error;
    }
  });
}

/** Whether AWS answered no, so that nothing was done; otherwise the call may have been done all the same. */
export const wasRefused = (error: unknown): boolean => error instanceof Permanent && (error.cause as { $fault?: unknown } | undefined)?.$fault === "client";
