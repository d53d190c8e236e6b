import type * as module from "@aws-sdk/client-kms";
import { AwsError, type Operations } from "../../account/operation.ts";
import { onKeyOf } from "./on-key.ts";
import { invalid, type Key, type KmsState, requireEnabled, requireNotPending } from "./state.ts";

const DAY_MS = 86_400_000;

/** The life of a key: on and off, rotation, deletion. */
export function lifeOperations(state: KmsState): Operations<typeof module> {
  const onKey = onKeyOf(state);
  return {
    EnableKeyRotation: onKey("EnableKeyRotation", (key, { RotationPeriodInDays = 365 }: module.EnableKeyRotationRequest) => {
      requireEnabled(key);
      if (RotationPeriodInDays < 90 || RotationPeriodInDays > 2560)
        throw invalid(RotationPeriodInDays, "rotationPeriodInDays", "Member must have value between 90 and 2560");
      key.rotationDays = RotationPeriodInDays;
      return {};
    }),
    EnableKey: onKey("EnableKey", (key) => switchTo(key, "Enabled")),
    DisableKey: onKey("DisableKey", (key) => switchTo(key, "Disabled")),
    ScheduleKeyDeletion: onKey("ScheduleKeyDeletion", (key, { PendingWindowInDays = 30 }: module.ScheduleKeyDeletionRequest) => {
      requireNotPending(key);
      if (PendingWindowInDays < 7 || PendingWindowInDays > 30)
        throw invalid(PendingWindowInDays, "pendingWindowInDays", "Member must have value between 7 and 30");
      key.state = "PendingDeletion";
      key.deletionAt = new Date(Date.now() + PendingWindowInDays * DAY_MS);
      return { KeyId: key.arn, DeletionDate: key.deletionAt, KeyState: key.state, PendingWindowInDays };
    }),
    CancelKeyDeletion: onKey("CancelKeyDeletion", (key) => {
      if (key.state !== "PendingDeletion") throw new AwsError("KMSInvalidStateException", `${key.arn} is not pending deletion.`);
      key.state = "Disabled"; // a saved key stays off until somebody enables it (API reference, CancelKeyDeletion)
      delete key.deletionAt;
      return { KeyId: key.arn };
    }),
  };
}

function switchTo(key: Key, to: "Enabled" | "Disabled"): Record<string, never> {
  requireNotPending(key);
  key.state = to;
  return {};
}
