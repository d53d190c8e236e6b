import type * as module from "@aws-sdk/client-kms";
import type { Call, Operations, Right } from "../../account/operation.ts";
import { AwsError } from "../../account/operation.ts";
import { hex } from "../../world/chance.ts";
import { keyOf, open, seal } from "./envelope.ts";
import { keyRight } from "./key-policy.ts";
import { findKey, invalid, type Key, type KmsState, requireEnabled } from "./state.ts";

/** Largest plain text of a direct encryption, in bytes (API reference, Encrypt). */
const LARGEST_PLAINTEXT = 4096;
const KEY_BYTES: Record<string, number> = { AES_128: 16, AES_256: 32 };

interface CryptoInput {
  EncryptionContext?: Record<string, string> | undefined;
  GrantTokens?: string[] | undefined;
}

/** Work with a key's material: encrypt, decrypt, data keys. */
export function cryptoOperations(state: KmsState): Operations<typeof module> {
  const right = (action: string, key: Key, { by, input }: { by: Call["principal"]; input: CryptoInput }): Right[] => [
    keyRight(key, {
      action,
      by,
      ...(input.EncryptionContext && { encryptionContext: input.EncryptionContext }),
      ...(input.GrantTokens && { grantTokens: input.GrantTokens }),
    }),
  ];
  return {
    Encrypt: {
      rights: (input, { principal }) => right("kms:Encrypt", findKey(state, input.KeyId), { by: principal, input }),
      run: (input) => {
        const key = usable(state, input.KeyId);
        const plaintext = input.Plaintext ?? new Uint8Array();
        if (plaintext.length < 1 || plaintext.length > LARGEST_PLAINTEXT)
          throw invalid("***", "plaintext", `Member must have length between 1 and ${LARGEST_PLAINTEXT}`);
        return { KeyId: key.arn, CiphertextBlob: seal(key.id, plaintext, input.EncryptionContext), EncryptionAlgorithm: "SYMMETRIC_DEFAULT" };
      },
    },
    Decrypt: {
      rights: (input, { principal }) => right("kms:Decrypt", sealedWith(state, input), { by: principal, input }),
      run: (input) => {
        const key = sealedWith(state, input);
        requireEnabled(key);
        return { KeyId: key.arn, Plaintext: open(input.CiphertextBlob ?? new Uint8Array(), input.EncryptionContext), EncryptionAlgorithm: "SYMMETRIC_DEFAULT" };
      },
    },
    GenerateDataKey: {
      rights: (input, { principal }) => right("kms:GenerateDataKey", findKey(state, input.KeyId), { by: principal, input }),
      run: (input) => {
        const key = usable(state, input.KeyId);
        const Plaintext = new Uint8Array(Buffer.from(hex(2 * dataKeyBytes(input)), "hex"));
        return { KeyId: key.arn, Plaintext, CiphertextBlob: seal(key.id, Plaintext, input.EncryptionContext) };
      },
    },
  };
}

function usable(state: KmsState, given: string | undefined): Key {
  const key = findKey(state, given);
  requireEnabled(key);
  return key;
}

/** The ciphertext names its key; a key that the caller names must be the same. */
function sealedWith(state: KmsState, { CiphertextBlob, KeyId }: module.DecryptRequest): Key {
  const key = findKey(state, keyOf(CiphertextBlob ?? new Uint8Array()));
  if (KeyId !== undefined && findKey(state, KeyId).id !== key.id)
    throw new AwsError("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.");
  return key;
}

function dataKeyBytes({ KeySpec, NumberOfBytes }: module.GenerateDataKeyRequest): number {
  const size = NumberOfBytes ?? KEY_BYTES[KeySpec ?? ""];
  if (size === undefined || (KeySpec !== undefined && NumberOfBytes !== undefined))
    throw new AwsError("ValidationException", "Please specify either number of bytes or key spec.");
  if (size < 1 || size > 1024) throw invalid(size, "numberOfBytes", "Member must have value between 1 and 1024");
  return size;
}
