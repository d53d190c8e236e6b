import { autoScaling, cloudWatch, dynamoDb, ec2, eventBridge, imageBuilder, lambda, loadBalancing, rds, s3, secrets, sqs, ssm } from "@steward/aws/clients";
import { bus, deadLetter, heartbeat, ledger, metrics, now, observer, runs } from "@steward/aws/world";
import { observe } from "../observe.ts";
import { createRuntimeOf } from "../runtime.ts";
import { fromEnvironment } from "./environment.ts";

const equipment = {
  clients: { autoScaling, cloudWatch, dynamoDb, ec2, eventBridge, imageBuilder, lambda, loadBalancing, rds, s3, secrets, sqs, ssm },
  parts: { bus, deadLetter, heartbeat, ledger, metrics, now, observer, runs },
};

export const handler = observe(createRuntimeOf(equipment, fromEnvironment()));
