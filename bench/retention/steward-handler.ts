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
import { actuators, bus, ledger, now, observer } from "@steward/aws/world";
import type { Keeping } from "@steward/core/settings/schema";
import { createDurableRuntimeOf } from "@steward/functions/durable-runtime";
import { remediate } from "@steward/functions/remediate";
import type { LambdaHandler } from "@steward/simulator/account/functions";
import type { Start } from "./messages.ts";

/** As the deployed function's own entry names them. */
const equipment = {
  clients: { autoScaling, cloudWatch, dynamoDb, ec2, ec2Once, ec2There, ec2ThereOnce, eventBridge, imageBuilder, lambda, loadBalancing, rds, s3, secrets, ssm },
  parts: { actuators, bus, ledger, now, observer },
};

/**
 * The handler of `remediate` as it is deployed, sending over the network to one endpoint. What the settings say is taken as it is:
 * where the stand-in has no limit, the bench's pace is one that the settings would refuse.
 */
export function handlerIn({ environment, credentials, region, account, endpoint }: Start): LambdaHandler {
  const { STEWARD_STAGE: stage = "", STEWARD_KEEPING: keeping = "" } = environment;
  const clients = { region, credentials, endpoint };
  const config = { stage, topology: "single" as const, keeping: JSON.parse(keeping) as Keeping, place: { account, region }, clients };
  return remediate(createDurableRuntimeOf(equipment, config)) as unknown as LambdaHandler;
}
