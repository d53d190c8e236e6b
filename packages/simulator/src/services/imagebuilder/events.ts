import type * as sdk from "@aws-sdk/client-imagebuilder";
import type { Account } from "../../account/account.ts";
import { between } from "../../world/chance.ts";
import type { Build } from "./state.ts";

/** Image Builder delivers with best effort; a second to five is assumed. */
const LAG_MS = [1_000, 5_000] as const;

/**
 * Tells EventBridge of every change of state; the reason comes with a failure only. Sources: Image Builder user guide, "Amazon
 * EventBridge integration in Image Builder"; the event's schema as the CDK has it, `EC2ImageBuilderImageStateChange`.
 */
export function announce(account: Account, { arn, status, reason }: Build, before: sdk.ImageStatus): void {
  const detail = { "previous-state": { status: before }, state: { status, ...(reason !== undefined && { reason }) } };
  setTimeout(
    () => account.links.emit({ source: "aws.imagebuilder", "detail-type": "EC2 Image Builder Image State Change", resources: [arn], detail }),
    between(...LAG_MS),
  );
}
