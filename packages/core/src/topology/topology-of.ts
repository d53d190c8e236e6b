import type { StageSettings } from "../settings/schema.ts";
import { alarms, composites } from "./alarms.ts";
import { arns } from "./arns.ts";
import { dashboard } from "./dashboard.ts";
import { drillRole } from "./drill-role.ts";
import { deadLetterQueue, rules, schedules, topics } from "./event-sources.ts";
import { address, balancer, dataVolume, group, launchTemplate, tagsOf } from "./fleet.ts";
import { functions } from "./functions.ts";
import { image, imageLogGroups } from "./image.ts";
import { keys } from "./keys.ts";
import { names } from "./names.ts";
import { network } from "./network.ts";
import { nodeRole } from "./node-role.ts";
import { buckets, database, document, logGroups, objects, parameters, secrets, table } from "./state.ts";
import type { Topology } from "./topology.ts";

/** Everything that a deploy of this stage creates, out of its settings alone. Same settings, same topology. */
export function topologyOf(stage: string, settings: StageSettings): Topology {
  const n = names(stage);
  const at = { stage, n, a: arns(stage, settings) };
  const { account, region, packageManager } = settings;
  return {
    stage,
    kind: settings.topology,
    place: { account, region },
    tags: tagsOf(stage),
    service: { port: packageManager.port, healthPath: packageManager.healthPath },
    network: network(settings, n),
    keys: keys(settings, at),
    buckets: buckets(settings, stage),
    secrets: secrets(settings, n),
    nodeRole: nodeRole(settings, stage),
    launchTemplate: launchTemplate(settings, { ...at, region }),
    group: group(settings, at),
    image: image(settings, at),
    table: table(n),
    parameters: parameters(settings, at),
    objects: objects(settings, at),
    document: document(n),
    logGroups: [...logGroups(settings, n), ...imageLogGroups(settings, n)],
    bus: n.bus,
    topics: topics(settings, stage),
    deadLetter: deadLetterQueue(settings, stage),
    functions: functions(settings, stage),
    rules: rules(settings, stage),
    schedules: schedules(settings, stage),
    alarms: alarms(settings, at),
    composites: composites(settings, n),
    dashboard: dashboard(settings, at),
    ...(settings.topology === "ha"
      ? { database: database(settings, n), balancer: balancer(settings, at), address: null, dataVolume: null, drillRole: null }
      : { database: null, balancer: null, address: address(stage, n), dataVolume: dataVolume(settings, at), drillRole: drillRole(settings, stage) }),
  };
}
