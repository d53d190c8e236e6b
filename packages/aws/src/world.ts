import type { Bus, Ledger, Observer, Runs } from "@steward/core/apply/ports";
import type { Actuators } from "@steward/core/runbooks/steps";
import { arns } from "@steward/core/topology/arns";
import { names } from "@steward/core/topology/names";
import type { Place } from "@steward/core/topology/topology";
import { createActuators } from "./actuators.ts";
import { createAlarms } from "./alarms.ts";
import { createAutoScaling } from "./auto-scaling.ts";
import { createBus } from "./bus.ts";
import type { Clients } from "./clients.ts";
import { createDatabase } from "./database.ts";
import { createDeadLetter, type DeadLetter, queueUrl } from "./dead-letter.ts";
import { createEc2 } from "./ec2.ts";
import { createLedger } from "./ledger.ts";
import { createLoadBalancer } from "./load-balancer.ts";
import { createNodes } from "./nodes.ts";
import { createObserver } from "./observer.ts";
import { createParameters } from "./parameters.ts";
import { createRuns } from "./runs.ts";
import { createTopic, type Topic } from "./topic.ts";

export interface StageConfig {
  clients: Clients;
  stage: string;
  place: Place;
  now: () => Date;
}

/** Everything of one stage that Steward may use; a `World` and what only single functions need. */
export interface StageWorld {
  observer: Observer;
  ledger: Ledger;
  bus: Bus;
  actuators: Actuators;
  runs: Runs;
  topic: Topic;
  deadLetter: DeadLetter;
  now: () => Date;
}

/** Puts the adapters of one stage together; names and ARNs follow from stage and place, so nothing is looked up. */
export function createWorld({ clients, stage, place, now }: StageConfig): StageWorld {
  const n = names(stage);
  const a = arns(stage, place);
  const ledger = createLedger(clients.dynamoDb, n.table);
  const autoScaling = createAutoScaling(clients.autoScaling, n.group);
  const nodes = createNodes({ client: clients.ssm, document: n.document, now });
  const reads = {
    ec2: createEc2(clients.ec2),
    loadBalancer: createLoadBalancer(clients.loadBalancing),
    alarms: createAlarms(clients.cloudWatch),
    database: createDatabase(clients.rds),
    parameters: createParameters(clients.ssm, n),
  };
  return {
    observer: createObserver({ stage, names: n, autoScaling, nodes, ledger, now, ...reads }),
    ledger,
    bus: createBus(clients.eventBridge, n.bus),
    actuators: createActuators({ autoScaling, nodes, ledger, now }),
    runs: createRuns(clients.lambda, `${a.function("remediate")}:live`),
    topic: createTopic(clients.sns, a.topic),
    deadLetter: createDeadLetter(clients.sqs, queueUrl(n.deadLetter, place)),
    now,
  };
}
