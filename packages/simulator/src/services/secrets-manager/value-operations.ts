import type * as module from "@aws-sdk/client-secrets-manager";
import type { Account } from "../../account/account.ts";
import { AwsError, type Operations, type Right } from "../../account/operation.ts";
import { page } from "../events/page.ts";
import { useSecretKey } from "./key.ts";
import { requireUnowned } from "./owned.ts";
import { findLive, findSecret, type Secret, type Secrets, type SecretVersion, secretRight } from "./state.ts";
import { addVersion, CURRENT, givenValue, moveLabel, opened, versionId } from "./versions.ts";

/** Values and their versions: put, read, list, label. */
export function valueOperations(account: Account, secrets: Secrets): Operations<typeof module> {
  return {
    PutSecretValue: {
      rights: ({ SecretId }) => secretRight(secrets, "PutSecretValue", { given: SecretId }),
      run: ({ SecretId, ClientRequestToken, VersionStages = [CURRENT], ...given }, { principal }) => {
        const secret = requireUnowned(findLive(secrets, SecretId));
        const value = givenValue(given);
        if (!value) throw new AwsError("InvalidRequestException", "You must provide either SecretString or SecretBinary.");
        const id = versionId(ClientRequestToken);
        const asked = { account, by: principal };
        useSecretKey(asked, secret, { action: "kms:GenerateDataKey", versionId: id });
        // Whether a repeated token brings the same value only the old value tells.
        if (secret.versions.some((version) => version.id === id)) useSecretKey(asked, secret, { action: "kms:Decrypt", versionId: id });
        const version = addVersion(secret, { id, value, stages: VersionStages });
        return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: [...version.stages] };
      },
    },
    GetSecretValue: {
      rights: ({ SecretId, VersionId, VersionStage }) =>
        secretRight(secrets, "GetSecretValue", { given: SecretId, context: versionContext(VersionId, VersionStage) }),
      run: ({ SecretId, VersionId, VersionStage }, { principal }) => {
        const secret = findLive(secrets, SecretId);
        const version = chosenVersion(secret, VersionId, VersionStage);
        useSecretKey({ account, by: principal }, secret, { action: "kms:Decrypt", versionId: version.id });
        return {
          ARN: secret.arn,
          Name: secret.name,
          VersionId: version.id,
          ...opened(version),
          VersionStages: [...version.stages],
          CreatedDate: version.created,
        };
      },
    },
    ListSecretVersionIds: {
      rights: ({ SecretId }) => secretRight(secrets, "ListSecretVersionIds", { given: SecretId }),
      run: ({ SecretId, IncludeDeprecated = false, MaxResults = 100, NextToken }) => {
        const secret = findSecret(secrets, SecretId);
        const chosen = secret.versions.filter(({ stages }) => IncludeDeprecated || stages.length > 0);
        const wrongToken = () => new AwsError("InvalidNextTokenException", "The token that you provided is invalid.");
        const { items, next } = page(chosen, { token: NextToken, limit: MaxResults, wrongToken });
        return {
          ARN: secret.arn,
          Name: secret.name,
          Versions: items.map(({ id, stages, created }) => ({ VersionId: id, VersionStages: [...stages], CreatedDate: created })),
          ...(next && { NextToken: next }),
        };
      },
    },
    UpdateSecretVersionStage: {
      rights: ({ SecretId, VersionStage }) =>
        secretRight(secrets, "UpdateSecretVersionStage", { given: SecretId, context: versionContext(undefined, VersionStage) }),
      run: (input) => {
        const secret = requireUnowned(findLive(secrets, input.SecretId));
        updateStage(secret, input);
        return { ARN: secret.arn, Name: secret.name };
      },
    },
  };
}

const versionContext = (id: string | undefined, stage: string | undefined): Right["context"] => ({
  ...(id !== undefined && { "secretsmanager:VersionId": id }),
  ...(stage !== undefined && { "secretsmanager:VersionStage": stage }),
});

/** By id, by label, or the current one; a secret without a value has none of them. */
function chosenVersion(secret: Secret, id: string | undefined, stage: string | undefined): SecretVersion {
  const version = secret.versions.find((one) => (id === undefined ? one.stages.includes(stage ?? CURRENT) : one.id === id));
  if (!version) {
    const what = id === undefined ? `staging label: ${stage ?? CURRENT}` : `VersionId: ${id}`;
    throw new AwsError("ResourceNotFoundException", `Secrets Manager can't find the specified secret value for ${what}`);
  }
  if (id !== undefined && stage !== undefined && !version.stages.includes(stage))
    throw new AwsError("InvalidRequestException", "You provided a VersionStage that is not associated to the provided VersionId.");
  return version;
}

/** A label that sits somewhere moves only for who says where it sits (API reference, UpdateSecretVersionStage). */
function updateStage(secret: Secret, { VersionStage = "", RemoveFromVersionId, MoveToVersionId }: module.UpdateSecretVersionStageRequest): void {
  const from = secret.versions.find(({ stages }) => stages.includes(VersionStage));
  const to = secret.versions.find(({ id }) => id === MoveToVersionId);
  if (MoveToVersionId !== undefined && !to)
    throw new AwsError("ResourceNotFoundException", `Secrets Manager can't find the specified secret value for VersionId: ${MoveToVersionId}`);
  if (from && from !== to && RemoveFromVersionId !== from.id)
    throw new AwsError(
      "InvalidParameterException",
      `The parameter RemoveFromVersionId can't be empty. Staging label ${VersionStage} is currently attached to version ${from.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  if (VersionStage === CURRENT && !to)
    throw new AwsError(
      "InvalidParameterException",
      `You can only move staging label ${CURRENT} to a different secret version. It can’t be completely removed.`,
    );
  moveLabel(secret, VersionStage, to);
}
