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
  sqs,
  ssm,
} from "@steward/aws/clients";
import { bus, copies, deadLetter, heartbeat, ledger, metrics, now, observer, ownImages, runs, snapshots } from "@steward/aws/world";
import { keepSnapshots } from "../keep-snapshots.ts";
import { createRuntimeOf } from "../runtime.ts";
import { withKeeping } from "./keeping-environment.ts";

const equipment = {
  clients: {
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
    sqs,
    ssm,
  },
  parts: { bus, copies, deadLetter, heartbeat, ledger, metrics, now, observer, ownImages, runs, snapshots },
};

export const handler = keepSnapshots(createRuntimeOf(equipment, withKeeping()));
