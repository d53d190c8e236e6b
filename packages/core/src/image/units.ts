import { ACCOUNT, VOLUME_MARK } from "../desired/places.ts";
import { CONFIG_PATHS } from "../desired/render.ts";
import { NODE_SETTINGS_PATH } from "../fleet/node-settings.ts";
import type { TopologyKind } from "../topology/topology.ts";

/** How the program is called on a node: `packages/node/bin/steward-node`, word for word. */
export const WRAPPER = `#!/bin/sh
# Installed as /opt/steward/bin/steward-node; the bundle and its own Node lie beside it.
here=$(dirname "$(readlink -f "$0")")
exec "$here/../node/bin/node" "$here/../lib/steward-node.mjs" "$@"
`;

/**
 * Makes a node what it should be at every boot. It may wait for hours in the launch hook, so nothing bounds its start, and with
 * the type `exec` nothing else waits for it. cloud-init writes the settings in its network stage. Source: cloud-init documentation, "Boot stages".
 */
export const BOOT_UNIT = `[Unit]
Description=Steward makes this node what it should be
After=network-online.target cloud-init.service
Wants=network-online.target
ConditionPathExists=${NODE_SETTINGS_PATH}

[Service]
Type=exec
TimeoutStartSec=infinity
ExecStart=/opt/steward/bin/steward-node boot

[Install]
WantedBy=multi-user.target
`;

/**
 * Package Manager invents a key where it is given none, and fills the root volume where its data volume is missing: so it starts with
 * neither. The key comes in the environment file, which lies in memory: after every boot nothing starts until the node's program has been.
 */
export const serviceDropIn = (topology: TopologyKind): string => `[Unit]
RequiresMountsFor=${ACCOUNT.home}
ConditionPathExists=${CONFIG_PATHS.config}
ConditionPathExists=${CONFIG_PATHS.environment}
${topology === "single" ? `ConditionPathIsMountPoint=${ACCOUNT.home}\nConditionPathExists=${VOLUME_MARK}\n` : ""}
[Service]
${LIMITS}${topology === "single" ? `IPAddressDeny=${METADATA}\n` : ""}`;

/**
 * No memory of a process with the key in it gets onto a disk; where memory runs out it is a build's process that goes, and the server
 * before sshd and the agents. Sources: systemd.exec(5), "LimitCORE" and "OOMScoreAdjust"; systemd.service(5), "OOMPolicy" and "Restart".
 */
const LIMITS = `LimitCORE=0
OOMPolicy=continue
OOMScoreAdjust=500
Restart=on-failure
RestartSec=5
`;

/**
 * Builds run what strangers wrote, and instance metadata hands out the role's credentials. Package Manager of a single server needs none; that of a pair takes
 * them for S3. Source: EC2 user guide, "Limit access to the Instance Metadata Service".
 */
const METADATA = "169.254.169.254/32";

/** The image holds no data directory; every boot makes an empty one of the right owner, on which a volume may be mounted. */
export const dataDirectory = `d ${ACCOUNT.home} 0701 ${ACCOUNT.name} ${ACCOUNT.name} -\n`;
