import { Permanent, Retryable } from "@steward/core/errors";
import { names } from "@steward/core/topology/names";

interface Where {
  stage: string;
  account: string;
  region: string;
  profile: string | undefined;
}

type Explanation = [code: RegExp, words: RegExp, explain: (where: Where) => string];

const vaultKey = ({ stage }: Where) => `the vault's key alias/steward-${stage}-vault`;
const login = ({ profile }: Where) => `log in again, for example: aws sso login${profile === undefined ? "" : ` --profile ${profile}`}`;

/** First match counts. Codes as in the references of Secrets Manager, STS and "Common Error Types", and as the SDK's credential providers name theirs. */
const EXPLANATIONS: Explanation[] = [
  [/^AccessDenied/, /KMS/, (where) => `the caller may not use ${vaultKey(where)}; needed: kms:GenerateDataKey and kms:Decrypt on it`],
  [
    /^AccessDenied/,
    /lambda:InvokeFunction/,
    ({ stage }) => `the caller may not ask the stage; needed: lambda:InvokeFunction on the function ${names(stage).function("runbook")}`,
  ],
  [
    /^AccessDenied/,
    /./,
    ({ stage }) =>
      `the caller lacks a right; needed on steward/${stage}/*: secretsmanager:DescribeSecret, GetSecretValue, PutSecretValue and TagResource, and kms:GenerateDataKey and kms:Decrypt on the key alias/steward-${stage}-vault`,
  ],
  [/^(ExpiredToken|ExpiredTokenException|RequestExpired)$/, /./, (where) => `the credentials have expired; ${login(where)}`],
  [/^TokenProviderError$|^CredentialsProviderError$/, /expired|sso login/i, (where) => `the login has expired or was never made; ${login(where)}`],
  [
    /^CredentialsProviderError$/,
    /./,
    ({ profile }) =>
      profile === undefined
        ? "there are no credentials; --profile <name>, AWS_PROFILE or any other source that the AWS CLI takes gives them"
        : `the profile ${profile} gives no credentials; aws configure list-profiles shows which there are`,
  ],
  [/^(UnrecognizedClientException|InvalidClientTokenId|InvalidSignatureException|SignatureDoesNotMatch)$/, /./, () => "AWS does not take these credentials"],
  [
    /^ResourceNotFoundException$/,
    /^Function not found/,
    ({ stage, account, region }) =>
      `there is nobody to ask in account ${account}, region ${region}; a deploy makes it (npx sst deploy --stage ${stage}), in the region of the settings`,
  ],
  [
    /^ResourceNotFoundException$/,
    /./,
    ({ stage, account, region }) =>
      `there is no such place in account ${account}, region ${region}; a deploy makes it (npx sst deploy --stage ${stage}), in the region of the settings`,
  ],
  [/^InvalidRequestException$/, /delet/i, () => "the place is to be deleted; aws secretsmanager restore-secret --secret-id <name> keeps it"],
  [/^(EncryptionFailure|DecryptionFailure)$/, /./, (where) => `${vaultKey(where)} is disabled, to be deleted, or another one; aws kms describe-key tells`],
  [/^LimitExceededException$/, /./, () => "the place has too many versions of the last 24 hours; try again tomorrow"],
  [
    /^(ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|TimeoutError)$/,
    /./,
    () => "AWS cannot be reached from here; look at the network, AWS_ENDPOINT_URL and the region",
  ],
];

/** A failure of AWS in words for a person: what, where, what is needed, what next; undefined for what is no failure of AWS. */
export function explainFailure(error: unknown, where: Where): string | undefined {
  if (!(error instanceof Permanent || error instanceof Retryable)) return undefined;
  const { name, code, message } = (error.cause ?? {}) as { name?: string; code?: string; message?: string };
  const found = EXPLANATIONS.find(([codes, words]) => (codes.test(name ?? "") || codes.test(code ?? "")) && words.test(message ?? ""));
  const retry = error instanceof Retryable && !found ? "; try again in a moment" : "";
  return found ? `${found[2](where)}\n  ${error.message}` : `${error.message}${retry}`;
}
