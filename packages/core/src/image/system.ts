import type { Phases } from "./component.ts";
import { bash, file, look, sh } from "./script.ts";

/** Amazon's own clock, the same on every node. Source: EC2 user guide, "Set the time reference on your EC2 instance to use the local Amazon Time Sync Service". */
const CLOCK = "server 169.254.169.123 prefer iburst minpoll 4 maxpoll 4\n";

/** The node's own program gives each node its instance id for a name; cloud-init would take it back at every boot. Source: cloud-init documentation, "Set Hostname". */
const HOST_NAME = "preserve_hostname: true\n";

/**
 * Ubuntu with its updates of the day. Nodes never change by themselves afterwards: updates come with the next image, so
 * that all nodes have the same ones. All clocks are in UTC, because Package Manager's schedules follow the local time.
 */
export const system: Phases = {
  build: [
    bash("StopUpdates", [
      sh`
        cloud-init status --wait > /dev/null || true
        systemctl stop apt-daily.timer apt-daily-upgrade.timer apt-daily.service apt-daily-upgrade.service unattended-upgrades.service
        systemctl disable apt-daily.timer apt-daily-upgrade.timer
        systemctl mask apt-daily.service apt-daily-upgrade.service unattended-upgrades.service`,
    ]),
    bash(
      "Update",
      [
        sh`
          export DEBIAN_FRONTEND=noninteractive
          apt-get update
          apt-get -y -o Dpkg::Options::=--force-confold dist-upgrade
          apt-get install -y --no-install-recommends apparmor-utils ca-certificates chrony curl gnupg openssl xz-utils
          apt-get -y autoremove --purge`,
      ],
      { minutes: 60, attempts: 3 },
    ),
    bash("SetClock", ["timedatectl set-timezone Etc/UTC", file("/etc/chrony/sources.d/amazon.sources", CLOCK)]),
    bash("KeepHostName", [file("/etc/cloud/cloud.cfg.d/99-steward.cfg", HOST_NAME)]),
  ],
  validate: [look("Clock", [`[ "$(timedatectl show --property=Timezone --value)" = Etc/UTC ] || refuse "the clock is not in UTC"`])],
  test: [
    look("Clock", [
      sh`
        chronyc waitsync 30 0.1 > /dev/null || refuse "the clock is not synchronised"
        chronyc -c sources | grep 169.254.169.123 > /dev/null || refuse "the clock does not follow Amazon's"
        [ "$(systemctl is-enabled unattended-upgrades.service || true)" = masked ] || refuse "the node would update itself"`,
    ]),
  ],
};
