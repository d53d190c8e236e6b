import { whatStays } from "@steward/core/topology/removal";
import type { Topology } from "@steward/core/topology/topology";
import { deployAddress } from "./address.ts";
import { deployAlarms } from "./alarms.ts";
import { deployBalancer } from "./balancer.ts";
import { deployDashboard } from "./dashboard.ts";
import { deployDatabase } from "./database.ts";
import { deployFleet } from "./fleet.ts";
import { deployFunctions } from "./functions.ts";
import { deployImage } from "./image.ts";
import { deployKeys } from "./keys.ts";
import { deployLogGroup } from "./logs.ts";
import { deployMessaging } from "./messaging.ts";
import { deployNetwork } from "./network.ts";
import { deployDrillRole, deployNodeRole, deployScalingRole } from "./roles.ts";
import { deploySecrets } from "./secrets.ts";
import { deployState } from "./state.ts";
import { deployStorage } from "./storage.ts";
import { deployTriggers, startAtDeploy } from "./triggers.ts";

/** Everything of a stage, in the order in which one needs the other; answers what an operator needs to know. */
export function deploy(topology: Topology) {
  const keys = deployKeys(topology, deployScalingRole(topology));
  const network = deployNetwork(topology);
  const storage = deployStorage(topology, keys);
  deploySecrets(topology, keys);
  const logs = topology.logGroups.map((spec) => deployLogGroup(`Logs-${spec.name}`, spec));
  const database = deployDatabase(topology, { network, keys, after: logs });
  const balancer = deployBalancer(topology, { network, storage });
  const address = deployAddress(topology);
  const named = { ...keys.named, ...balancer.named };
  const messaging = deployMessaging(topology, keys);
  const state = deployState(topology, storage);
  const functionOf = deployFunctions(topology, { named, messaging });
  const triggers = deployTriggers(topology, { messaging, functionOf });
  const profile = deployNodeRole(topology, named);
  deployDrillRole(topology, named);
  const imagePipeline = deployImage(topology, { network, keys, named, after: [...network.ways, ...storage, ...logs] });
  const after = [...network.ways, ...storage, ...database, ...state, ...logs, ...triggers];
  const group = deployFleet(topology, { network, keys, targetGroupArns: balancer.targetGroupArns, profile, after });
  deployAlarms(topology, { named, messaging, after: startAtDeploy(topology, functionOf, [group]) });
  return {
    address: balancer.dnsName ?? address,
    group: group.name,
    imagePipeline,
    runbook: functionOf("runbook").name,
    dashboard: deployDashboard(topology, named),
    staysWhenRemoved: whatStays(topology),
  };
}
