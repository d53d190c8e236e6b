import { autoScaling, cloudWatch, dynamoDb, ec2, imageBuilder, lambda, loadBalancing, rds, s3, secrets, sqs, ssm } from "@steward/aws/clients";
import { deadLetter, ledger, now, observer, runs } from "@steward/aws/world";
import { runbook } from "../runbook.ts";
import { createRuntimeOf } from "../runtime.ts";
import { fromEnvironment } from "./environment.ts";

const equipment = {
  clients: { autoScaling, cloudWatch, dynamoDb, ec2, imageBuilder, lambda, loadBalancing, rds, s3, secrets, sqs, ssm },
  parts: { deadLetter, ledger, now, observer, runs },
};

export const handler = runbook(createRuntimeOf(equipment, fromEnvironment()));
