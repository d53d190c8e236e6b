import {
  autoScaling,
  cloudWatch,
  dynamoDb,
  ec2,
  ec2Once,
  ec2There,
  ec2ThereOnce,
  eventBridge,
  imageBuilder,
  lambda,
  loadBalancing,
  rds,
  s3,
  secrets,
  ssm,
} from "@steward/aws/clients";
import { actuators, bus, ledger, now, observerOfImages } from "@steward/aws/world";
import { createDurableRuntimeOf } from "../durable-runtime.ts";
import { remediate } from "../remediate.ts";
import { withKeeping } from "./keeping-environment.ts";

const equipment = {
  clients: { autoScaling, cloudWatch, dynamoDb, ec2, ec2Once, ec2There, ec2ThereOnce, eventBridge, imageBuilder, lambda, loadBalancing, rds, s3, secrets, ssm },
  parts: { actuators, bus, ledger, now, observer: observerOfImages },
};

export const handler = remediate(createDurableRuntimeOf(equipment, withKeeping()));
