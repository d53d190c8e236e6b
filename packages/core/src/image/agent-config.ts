/** CloudWatch namespace of what the agents on the nodes measure. */
export const NODE_METRICS = "Steward/Node";

export interface AgentSettings {
  /** Auto Scaling group and log group of the stage, to whose nodes alone the image goes. */
  group: string;
  logGroup: string;
}

const LOGS = {
  "package-manager": "/var/log/rstudio/rstudio-pm/rstudio-pm.log",
  system: "/var/log/syslog",
  "first-boot": "/var/log/cloud-init-output.log",
} as const;

/** What is measured, by the agent's plugin; StatsD brings the clock's offset. */
const MEASURED = {
  disk: ["used_percent", "inodes_free"],
  mem: ["used_percent"],
  swap: ["used_percent"],
  procstat: ["pid_count", "cpu_usage", "memory_rss"],
} as const;

/** Custom metrics that one node makes: root and data disk each have their own, and the clock comes on top. */
export const METRICS_OF_A_NODE = Object.values(MEASURED).flat().length + MEASURED.disk.length + 1;
/** Custom metrics that the group makes beside them: over all nodes, disks together. */
export const METRICS_OF_THE_GROUP = Object.values(MEASURED).flat().length + 1;

/**
 * Configuration of CloudWatch's agent. The group's name stands here as a dimension of our own: to find it, the agent would need the
 * right to describe every instance's tags. Source: CloudWatch user guide, "Manually create or edit the CloudWatch agent configuration file".
 */
export function agentConfig({ group, logGroup }: AgentSettings) {
  const ofGroup = { append_dimensions: { AutoScalingGroupName: group } };
  return {
    agent: { metrics_collection_interval: 60, run_as_user: "root" },
    metrics: {
      namespace: NODE_METRICS,
      append_dimensions: { InstanceId: "$" + "{aws:InstanceId}" },
      aggregation_dimensions: [["AutoScalingGroupName"]],
      metrics_collected: {
        disk: { measurement: MEASURED.disk, resources: ["/", "/var/lib/rstudio-pm"], drop_device: true, ...ofGroup },
        mem: { measurement: MEASURED.mem, ...ofGroup },
        swap: { measurement: MEASURED.swap, ...ofGroup },
        procstat: [{ exe: "rstudio-pm", measurement: MEASURED.procstat, ...ofGroup }],
        statsd: { service_address: "127.0.0.1:8125", metrics_aggregation_interval: 60 },
      },
    },
    logs: {
      logs_collected: {
        files: {
          collect_list: Object.entries(LOGS).map(([stream, path]) => ({
            file_path: path,
            log_group_name: logGroup,
            log_stream_name: `{instance_id}/${stream}`,
            timezone: "UTC",
          })),
        },
      },
    },
  };
}
