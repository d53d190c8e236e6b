import { type AgentSettings, agentConfig } from "./agent-config.ts";
import type { Phases } from "./component.ts";
import { bash, file, look, sh } from "./script.ts";

/** Whose signature the agent bears. Source: CloudWatch user guide, "Verifying the signature of the CloudWatch agent package". */
const SIGNER = "937616F3450B7D806CBD9725D58167303B789C72";
const CONFIG = "/opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.json";

/**
 * Tells the agent over StatsD how far the clock is off, once. Fields of `chronyc -c tracking`: 4 is the time of the last measurement, 5 the
 * offset in seconds, 14 the leap status, which stays as it was when nobody answers any more.
 * Source: chronyc's manual, "tracking".
 */
export const clockScript = (group: string): string => `#!/bin/bash
# Tells the agent how far this clock is off, in milliseconds; one that follows nobody, or nobody for 15 minutes, counts as 10 s off.
set -euo pipefail
tracking=$(chronyc -c tracking)
offset=10000
measured=$(cut -d , -f 4 <<< "$tracking" | cut -d . -f 1)
if [ "$(cut -d , -f 14 <<< "$tracking")" != "Not synchronised" ] && [ $(($(date +%s) - measured)) -le 900 ]; then
  offset=$(cut -d , -f 5 <<< "$tracking" | awk '{ printf "%d", ($1 < 0 ? -$1 : $1) * 1000 }')
fi
printf 'clock_offset_ms:%d|g|#AutoScalingGroupName:${group}' "$offset" > /dev/udp/127.0.0.1/8125
`;

const CLOCK_SERVICE = `[Unit]
Description=Tells how far the clock is off
After=chrony.service amazon-cloudwatch-agent.service

[Service]
Type=oneshot
ExecStart=/opt/steward/bin/clock-offset
`;

const CLOCK_TIMER = `[Unit]
Description=Tells every minute how far the clock is off

[Timer]
OnCalendar=minutely
AccuracySec=1s

[Install]
WantedBy=timers.target
`;

/** The agents of AWS: Systems Manager's is in Ubuntu's images already, as a snap that would update itself; CloudWatch's is installed with what it watches. */
export const agents = (settings: AgentSettings & { region: string }): Phases => ({
  build: [
    bash("HoldAgent", ["snap refresh --hold amazon-ssm-agent"], { attempts: 3 }),
    bash("InstallAgent", [fetched(settings.region), "DEBIAN_FRONTEND=noninteractive apt-get install -y /var/tmp/agent.deb", "rm -f /var/tmp/agent.deb*"], {
      attempts: 3,
    }),
    bash("ConfigureAgent", [
      file(CONFIG, `${JSON.stringify(agentConfig(settings), null, 1)}\n`),
      file("/opt/steward/bin/clock-offset", clockScript(settings.group), "0755"),
      file("/etc/systemd/system/steward-clock.service", CLOCK_SERVICE),
      file("/etc/systemd/system/steward-clock.timer", CLOCK_TIMER),
      "systemctl daemon-reload",
      "systemctl enable amazon-cloudwatch-agent.service steward-clock.timer",
    ]),
  ],
  validate: [look("Agents", [enabled])],
  test: [look("Agents", [enabled, running])],
});

const fetched = (region: string): string => sh`
  agent=${`https://amazoncloudwatch-agent-${region}.s3.${region}.amazonaws.com/ubuntu/amd64/latest/amazon-cloudwatch-agent.deb`}
  curl -fsSL --retry 3 --output /var/tmp/agent.deb "$agent"
  curl -fsSL --retry 3 --output /var/tmp/agent.deb.sig "$agent.sig"
  GNUPGHOME=$(mktemp --directory)
  export GNUPGHOME
  curl -fsSL --retry 3 https://amazoncloudwatch-agent.s3.amazonaws.com/assets/amazon-cloudwatch-agent.gpg | gpg --batch --quiet --import
  gpg --batch --status-fd 1 --verify /var/tmp/agent.deb.sig /var/tmp/agent.deb 2> /dev/null | grep ${`VALIDSIG .*${SIGNER}`} > /dev/null
  rm -rf "$GNUPGHOME"`;

const enabled = sh`
  for unit in amazon-cloudwatch-agent.service steward-clock.timer snap.amazon-ssm-agent.amazon-ssm-agent.service; do
    [ "$(systemctl is-enabled "$unit")" = enabled ] || refuse "$unit is not enabled"
  done`;

/** The test instance may send nothing to CloudWatch; that the agent has understood its configuration shows in that it runs. */
const running = sh`
  systemctl is-active --quiet amazon-cloudwatch-agent.service || refuse "the agent does not take its configuration"
  /opt/steward/bin/clock-offset || refuse "nobody can tell how far the clock is off"`;
