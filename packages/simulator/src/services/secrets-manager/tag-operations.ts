import type * as module from "@aws-sdk/client-secrets-manager";
import { AwsError, type Operations } from "../../account/operation.ts";
import { requestTagKeys } from "../../iam/tagging.ts";
import { findSecret, type Secrets, secretRight } from "./state.ts";

/** Source: API reference, TagResource: "The following restrictions apply to tags". */
const MOST_TAGS = 50;

/** Tags of secrets; those that AWS keeps for itself nobody changes. */
export const tagOperations = (secrets: Secrets): Operations<typeof module> => ({
  TagResource: {
    rights: ({ SecretId, Tags }) => secretRight(secrets, "TagResource", { given: SecretId, context: requestTagKeys(Tags) }),
    run: ({ SecretId, Tags = [] }) => {
      const secret = findSecret(secrets, SecretId);
      for (const { Key = "" } of Tags) requireOwnKey(Key);
      const tags = { ...secret.tags, ...Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value])) };
      if (Object.keys(tags).filter((key) => !isReserved(key)).length > MOST_TAGS)
        throw new AwsError("InvalidParameterException", `A secret can have at most ${MOST_TAGS} tags.`);
      secret.tags = tags;
      return {};
    },
  },
  UntagResource: {
    rights: ({ SecretId, TagKeys = [] }) =>
      secretRight(secrets, "UntagResource", { given: SecretId, context: TagKeys.length > 0 ? { "aws:TagKeys": TagKeys } : {} }),
    run: ({ SecretId, TagKeys = [] }) => {
      const secret = findSecret(secrets, SecretId);
      for (const key of TagKeys) requireOwnKey(key);
      secret.tags = Object.fromEntries(Object.entries(secret.tags).filter(([key]) => !TagKeys.includes(key)));
      return {};
    },
  },
});

const isReserved = (key: string): boolean => key.toLowerCase().startsWith("aws:");

function requireOwnKey(key: string): void {
  if (isReserved(key)) throw new AwsError("InvalidParameterException", "Tag keys that begin with aws: are reserved for AWS use.");
}
