import { AwsError } from "../../account/operation.ts";
import { open, seal } from "../kms/envelope.ts";
import type { Secret, SecretVersion } from "./state.ts";

export const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";

/** "65,536 bytes" (user guide, "Secrets Manager quotas", secret value size). */
const LARGEST_VALUE = 65_536;

export interface GivenValue {
  SecretString?: string | undefined;
  SecretBinary?: Uint8Array | undefined;
}

/** The value of a request, undefined when it has none; errors never repeat it. */
export function givenValue({ SecretString, SecretBinary }: GivenValue): { kind: SecretVersion["kind"]; bytes: Uint8Array } | undefined {
  if (SecretString !== undefined && SecretBinary !== undefined)
    throw new AwsError("InvalidParameterException", "You can't specify both a binary secret value and a string secret value in the same secret.");
  const bytes = SecretBinary ?? (SecretString === undefined ? undefined : new Uint8Array(Buffer.from(SecretString)));
  if (bytes === undefined) return undefined;
  if (bytes.length > LARGEST_VALUE) throw new AwsError("InvalidParameterException", `The secret value is longer than ${LARGEST_VALUE} bytes.`);
  return { kind: SecretBinary ? "SecretBinary" : "SecretString", bytes };
}

const sealingContext = (id: string) => ({ SecretVersionId: id });

/** Opens a version: text or bytes, as it was given. */
export function opened({ id, kind, sealed }: SecretVersion): { SecretString: string } | { SecretBinary: Uint8Array } {
  const bytes = open(sealed, sealingContext(id));
  return kind === "SecretString" ? { SecretString: Buffer.from(bytes).toString() } : { SecretBinary: bytes };
}

/** "32 to 64 characters"; the SDK makes one up where the caller gives none. */
export function versionId(token: string | undefined): string {
  const id = token ?? crypto.randomUUID();
  if (id.length < 32 || id.length > 64) throw new AwsError("InvalidParameterException", "ClientRequestToken must be 32-64 characters long.");
  return id;
}

/**
 * Adds a version with its labels. The same token with the same value is answered as before and changes nothing; with
 * another value it is refused (API reference, PutSecretValue, ClientRequestToken).
 */
export function addVersion(
  secret: Secret,
  { id, value, stages }: { id: string; value: { kind: SecretVersion["kind"]; bytes: Uint8Array }; stages: string[] },
): SecretVersion {
  const existing = secret.versions.find((version) => version.id === id);
  if (existing) return unchanged(secret, existing, value);
  const version: SecretVersion = { id, created: new Date(), stages: [], kind: value.kind, sealed: seal(secret.arn, value.bytes, sealingContext(id)) };
  // The first version becomes the current one, whatever labels it is given (API reference, PutSecretValue, VersionStages).
  const labels = secret.versions.length === 0 ? [...new Set([CURRENT, ...stages])] : stages;
  secret.versions.push(version);
  secret.changed = new Date();
  for (const label of labels) moveLabel(secret, label, version);
  return version;
}

function unchanged(secret: Secret, existing: SecretVersion, value: { bytes: Uint8Array }): SecretVersion {
  if (Buffer.compare(open(existing.sealed, sealingContext(existing.id)), value.bytes) === 0) return existing;
  throw new AwsError(
    "ResourceExistsException",
    `You can't use ClientRequestToken ${existing.id} because that value is already in use for a version of secret ${secret.arn}.`,
  );
}

/** Labels sit on one version at a time; the one that loses `AWSCURRENT` becomes `AWSPREVIOUS`. */
export function moveLabel(secret: Secret, label: string, to: SecretVersion | undefined): void {
  const from = secret.versions.find(({ stages }) => stages.includes(label));
  if (from === to) return;
  if (from) from.stages = from.stages.filter((stage) => stage !== label);
  if (to) to.stages.push(label);
  if (label === CURRENT && from) moveLabel(secret, PREVIOUS, from);
}
