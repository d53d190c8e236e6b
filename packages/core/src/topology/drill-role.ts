import type { SecretId } from "../desired/vault.ts";
import type { SingleSettings } from "../settings/schema.ts";
import { arns } from "./arns.ts";
import { names } from "./names.ts";
import { readDocuments, readSecrets, systemsManagerAgent, useDocumentKey } from "./node-role.ts";
import { policy } from "./policy.ts";
import { secrets } from "./state.ts";
import type { RoleSpec } from "./state-spec.ts";

/**
 * What the machine of a restore drill is allowed: to be commanded, and to read what the server on the copy starts with. It changes nothing
 * anywhere. Nor may it send metrics: the image's agent counts all it sends as the fleet's, and a full copy would be the fleet's full disk.
 */
export function drillRole(settings: SingleSettings, stage: string): RoleSpec {
  const [a, n] = [arns(stage, settings), names(stage)];
  return {
    name: n.drill,
    service: "ec2.amazonaws.com",
    instanceProfile: n.drill,
    policy: policy(
      systemsManagerAgent,
      ...readDocuments(settings, stage, a),
      useDocumentKey(settings, a, ["Decrypt"]),
      ...readSecrets(settings, a, needed(settings, stage)),
    ),
  };
}

/** A licence that is no file is never used on a copy: the server is not started there. */
const needed = (settings: SingleSettings, stage: string): SecretId[] =>
  secrets(settings, names(stage)).flatMap(({ id }) => (id === "license" && settings.packageManager.license.kind !== "file" ? [] : [id]));
