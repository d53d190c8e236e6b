import type { LogGroupSpec } from "@steward/core/topology/state-spec";
import { optionsOf } from "./options.ts";

/** A log group with an end to its memory; made here, because whoever writes to it has no right to make one. */
export const deployLogGroup = (logicalName: string, { name, retentionDays }: LogGroupSpec): aws.cloudwatch.LogGroup =>
  new aws.cloudwatch.LogGroup(logicalName, { name, retentionInDays: retentionDays }, optionsOf("log-group"));
