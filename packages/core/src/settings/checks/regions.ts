import { type Check, each, type Finding, when } from "../check.ts";
import type { StageSettings } from "../schema.ts";

/** Regions of other partitions: their ARNs begin otherwise, and we write `arn:aws:`. */
const standardPartition = ({ region }: StageSettings): Finding[] =>
  when(OTHER_PARTITIONS.test(region), "region", `is ${region}, in a partition of its own`, { allowed: "a region of AWS's standard partition" });

const OTHER_PARTITIONS = /^(cn|us-gov|us-iso|eu-iso)/;

/**
 * Regions that are known by name to have Lambda durable functions, by September 2026. AWS began with us-east-2 (AWS News Blog,
 * 2 December 2025), added 14 (What's New, December 2025) and 16 more (What's New, 22 April 2026). The others here are named by AWS's own
 * samples (serverless-patterns, February 2026) or by projects that cite those announcements, so the list is shorter than AWS's.
 */
const DURABLE = ["us-east-1", "us-east-2", "us-west-2", "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "ap-south-1", "ap-southeast-1"];

const durableFunctions = ({ region }: StageSettings): Finding[] =>
  when(!DURABLE.includes(region) && !OTHER_PARTITIONS.test(region), "region", `is ${region}, and whether it has Lambda durable functions is not known here`, {
    allowed: `to look it up before a deploy in "AWS Capabilities by Region", under Lambda; known are ${DURABLE.join(", ")}`,
  });

export const regionChecks: readonly Check[] = [
  {
    id: "standard-partition",
    level: "refuse",
    words: "The region is of AWS's standard partition, not China, GovCloud or an isolated one.",
    of: each(standardPartition),
  },
  {
    id: "durable-functions",
    level: "warn",
    words: "The region is known to have Lambda durable functions, without which nothing is put right.",
    of: each(durableFunctions),
  },
];
