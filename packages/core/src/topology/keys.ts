import type { StageSettings } from "../settings/schema.ts";
import type { Names } from "./names.ts";
import { keyPolicy } from "./resource-policies.ts";
import type { KeyId, KeySpec } from "./state-spec.ts";

const KEYS: Record<KeyId, string> = {
  data: "Volumes, database and documents of Package Manager",
  vault: "Secrets of Package Manager: encryption key, licence, logins, certificate",
  messages: "Topics that tell people",
};

/** The stage's customer-managed keys; each changes its key material every year. */
export const keys = (settings: StageSettings, { stage, n }: { stage: string; n: Names }): KeySpec[] =>
  (["data", "vault", "messages"] as const).map((id) => ({
    id,
    alias: n.key(id),
    description: KEYS[id],
    rotation: true,
    deletionDays: 30,
    policy: keyPolicy(id, stage, settings),
  }));
