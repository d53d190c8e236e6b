import { Account } from "./account/account.ts";
import type { CodeStore } from "./account/functions.ts";
import { sdkHandler } from "./account/handler.ts";
import { installLimits } from "./account/limits.ts";
import { forgetSigningKeys, hideMachineConfig } from "./account/machine-config.ts";
import { addDeployer, addOperator } from "./deploy/people.ts";
import { addMachines } from "./fleet/machines.ts";
import { createSharedDependencies, type SharedDependencies } from "./fleet/shared-dependencies.ts";
import { installRights } from "./iam/rights.ts";
import { addAutoScaling } from "./services/autoscaling/autoscaling.ts";
import { addCloudWatch } from "./services/cloudwatch/cloudwatch.ts";
import { addDynamoDb } from "./services/dynamodb/dynamodb.ts";
import { addEc2 } from "./services/ec2/ec2.ts";
import { addElbv2 } from "./services/elbv2/elbv2.ts";
import { addEvents } from "./services/events/events.ts";
import { addImageBuilder } from "./services/imagebuilder/imagebuilder.ts";
import { addKms } from "./services/kms/kms.ts";
import { addLambda } from "./services/lambda/lambda.ts";
import { addRds } from "./services/rds/rds.ts";
import { addS3 } from "./services/s3/s3.ts";
import { addSecretsManager } from "./services/secrets-manager/secrets-manager.ts";
import { addSns } from "./services/sns/sns.ts";
import { addSqs } from "./services/sqs/sqs.ts";
import { addSsm } from "./services/ssm/ssm.ts";
import { addSts } from "./services/sts/sts.ts";
import { resetWorld } from "./world/install.ts";

export interface AccountOptions {
  /** The code of the functions by `Handler`. */
  code: CodeStore;
  /** Same seed, same world, to the byte. */
  seed: number;
  /** What all nodes share (database, storage, images), where it differs from everything being well. */
  dependencies?: Partial<SharedDependencies>;
}

/**
 * A new world with an empty account in it, every service added and every call judged by its caller's policy.
 * Turns the installed clock back to the beginning and drops whatever was pending: one account at a time.
 */
export function createAccount({ code, seed, dependencies: given }: AccountOptions) {
  resetWorld(seed);
  hideMachineConfig();
  forgetSigningKeys();
  const account = new Account();
  const dependencies = createSharedDependencies(given);
  installLimits(account);
  const people = { operator: addOperator(account), deployer: addDeployer(account) };
  return { account, dependencies, rights: installRights(account), ...people, ...services(account, dependencies, code), requestHandler: sdkHandler(account) };
}

/** The account with a handle to each of its services, and the people in it. */
export type SimulatedAccount = ReturnType<typeof createAccount>;

const services = (account: Account, dependencies: SharedDependencies, code: CodeStore) => ({
  cloudwatch: addCloudWatch(account),
  events: addEvents(account),
  sns: addSns(account),
  sqs: addSqs(account),
  sts: addSts(account),
  kms: addKms(account),
  s3: addS3(account),
  secretsManager: addSecretsManager(account),
  dynamodb: addDynamoDb(account),
  machines: addMachines(account, dependencies),
  ec2: addEc2(account),
  elbv2: addElbv2(account),
  autoscaling: addAutoScaling(account),
  ssm: addSsm(account),
  rds: addRds(account, dependencies),
  imageBuilder: addImageBuilder(account, dependencies),
  lambda: addLambda(account, code),
});
