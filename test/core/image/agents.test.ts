import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { agentConfig, METRICS_OF_A_NODE, METRICS_OF_THE_GROUP, NODE_METRICS } from "@steward/core/image/agent-config";
import { clockScript } from "@steward/core/image/agents";
import { names } from "@steward/core/topology/names";
import { expect, test } from "vitest";
import { haTopology, singleTopology } from "../../settings.ts";

const config = agentConfig({ group: "steward-demo", logGroup: "/steward/demo/node" });
const { disk, mem, swap, procstat, statsd } = config.metrics.metrics_collected;

test("the agent writes to the namespace and the log group that the nodes' role lets it write to", () => {
  const statements = JSON.stringify(haTopology().nodeRole.policy);
  expect(statements).toContain(`"cloudwatch:namespace":"${NODE_METRICS}"`);
  for (const { log_group_name: group } of config.logs.logs_collected.files.collect_list) expect(statements).toContain(`log-group:${group}:*`);
  expect(config.metrics.namespace).toBe(NODE_METRICS);
});

test("the agent needs no right to describe instances: the group's name is a dimension of our own", () => {
  for (const plugin of [disk, mem, swap, ...procstat]) expect(plugin.append_dimensions).toEqual({ AutoScalingGroupName: "steward-demo" });
  expect(Object.keys(config.metrics.append_dimensions)).toEqual(["InstanceId"]);
  expect(config.metrics.aggregation_dimensions).toEqual([["AutoScalingGroupName"]]);
});

test("every alarm on an agent's metric is over one that an agent sends, by the group, and is quiet where nobody does", () => {
  const sent = [...disk.measurement.map((name) => `disk_${name}`), ...mem.measurement.map((name) => `mem_${name}`), "clock_offset_ms"];
  for (const { alarms } of [haTopology(), singleTopology()]) {
    const watched = alarms.filter(({ namespace }) => namespace === NODE_METRICS);
    expect(watched.map(({ name }) => name)).toEqual(["disk-filling", "disk-full", "inodes-low", "memory-high", "clock-off"].map(names("demo").alarm));
    for (const { metric, dimensions, missingData } of watched) {
      expect(sent).toContain(metric);
      expect(dimensions).toEqual({ AutoScalingGroupName: names("demo").group });
      expect(missingData).toBe("notBreaching");
    }
  }
});

test("the metrics that are paid are those that are measured", () => {
  const measured = [disk, mem, swap, ...procstat].reduce((sum, { measurement }) => sum + measurement.length, 0);
  expect(METRICS_OF_THE_GROUP).toBe(measured + 1);
  expect(METRICS_OF_A_NODE).toBe(measured + disk.measurement.length * (disk.resources.length - 1) + 1);
});

/** chronyc's answer to `-c tracking`, as its manual lists the fields. */
const tracking = (offset: string, leap: string, secondsAgo = 10) =>
  `A9FEA97B,169.254.169.123,4,${Math.floor(Date.now() / 1000) - secondsAgo}.1,${offset},0.1,0.2,-3.1,0.0,0.1,0.001,0.002,16.1,${leap}`;

test.each([
  [tracking("-0.001250000", "Normal"), 1],
  [tracking("2.500000000", "Normal"), 2_500],
  [tracking("0.000000000", "Not synchronised"), 10_000],
  [tracking("0.000000000", "Normal", 1_000), 10_000],
])("the clock's offset is told in whole milliseconds, without a sign, and a clock that follows nobody is far off: %s", async (answer, milliseconds) => {
  const folder = mkdtempSync(join(tmpdir(), "steward-clock-"));
  const agent = createSocket("udp4");
  try {
    const { promise: heard, resolve } = Promise.withResolvers<string>();
    agent.on("message", (message) => resolve(message.toString()));
    await new Promise<void>((ready) => agent.bind(0, "127.0.0.1", ready));
    writeFileSync(join(folder, "chronyc"), `#!/bin/sh\n[ "$*" = "-c tracking" ] && echo '${answer}'\n`, { mode: 0o755 });
    const script = clockScript("steward-demo").replace(new URL(`udp://${statsd.service_address}`).port, String(agent.address().port));
    await promisify(execFile)("bash", ["--norc", "-c", script], { env: { PATH: `${folder}:${process.env.PATH}` } });
    expect(await heard).toBe(`clock_offset_ms:${milliseconds}|g|#AutoScalingGroupName:steward-demo`);
  } finally {
    agent.close();
    rmSync(folder, { recursive: true });
  }
});
