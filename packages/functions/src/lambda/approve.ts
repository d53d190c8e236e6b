import { autoScaling, cloudWatch, dynamoDb, ec2, ec2Once, imageBuilder, lambda, loadBalancing, rds, s3, secrets, sqs, ssm } from "@steward/aws/clients";
import { deadLetter, ledger, now, observer, runs, snapshots } from "@steward/aws/world";
import { approve } from "../approve.ts";
import { createRuntimeOf } from "../runtime.ts";
import { withKeeping } from "./keeping-environment.ts";

const equipment = {
  clients: { autoScaling, cloudWatch, dynamoDb, ec2, ec2Once, imageBuilder, lambda, loadBalancing, rds, s3, secrets, sqs, ssm },
  parts: { deadLetter, ledger, now, observer, runs, snapshots },
};

export const handler = approve(createRuntimeOf(equipment, withKeeping()));
